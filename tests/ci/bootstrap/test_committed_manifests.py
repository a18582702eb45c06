"""The templates of environments/*.yaml, filled in by Helm's engine: Go and sprig, as in Argo CD."""

import json
import operator
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness.found import tool

from sluicegate.ci.bootstrap.repository_config import parse
from sluicegate.specs import release_file as release
from sluicegate.specs.layout import PREVIEWS_MANIFEST as PREVIEWS
from sluicegate.specs.layout import PROJECT_MANIFEST as PROJECT
from sluicegate.specs.layout import RELEASES_MANIFEST as RELEASES
from sluicegate.specs.release import Release, Version

ROOT = Path(__file__).parents[3]
DIGEST = "sha256:" + "1" * 64


@pytest.fixture
def fill(tmp_path: Path) -> Callable[[Any, dict[str, Any]], Any]:
    """Every string of a value, filled in with parameters; what is missing is an error."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: x\nversion: 0.1.0\n")
    (tmp_path / "templates" / "x.yaml").write_text(
        "{{ range $i, $text := .Values.texts }}{{ $i }}: {{ tpl $text $.Values.params | toJson }}\n{{ end }}"
    )

    def filled(value: Any, params: dict[str, Any]) -> Any:
        texts: list[str] = []

        def collect(one: Any) -> Any:
            if isinstance(one, dict):
                return {key: collect(item) for key, item in one.items()}
            if isinstance(one, list):
                return [collect(item) for item in one]
            if isinstance(one, str) and "{{" in one:
                texts.append(one)
                return partial(operator.itemgetter, len(texts) - 1)
            return one

        def put(one: Any, found: Any) -> Any:
            if isinstance(one, dict):
                return {key: put(item, found) for key, item in one.items()}
            if isinstance(one, list):
                return [put(item, found) for item in one]
            return one()(found) if callable(one) else one

        shape = collect(value)
        done = subprocess.run(
            [tool("helm"), "template", "x", str(tmp_path), "--values", "-"],
            input=json.dumps({"texts": texts, "params": params}),
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return put(shape, yaml.safe_load(done.stdout))

    return filled


def path(text: str) -> dict[str, Any]:
    """What Argo CD's git files generator says about a file."""
    folder = text.rpartition("/")[0]
    return {"path": {"path": folder, "basename": folder.rpartition("/")[2], "segments": folder.split("/")}}


def merged(environment: str, model: str, cluster: dict[str, str]) -> dict[str, Any]:
    """The parameters of both files, the first one's before the second's, as matrix.go merges them."""
    written = release.render(Release(model, environment, stable=Version(1, "a" * 40, DIGEST)))
    second = yaml.safe_load(written)
    spec = {"namespace": f"models-{environment}", "traffic": "gateway-api", **cluster}
    return second | {
        "metadata": second["metadata"] | {"name": environment},
        "spec": spec,
        "environment": path(f"environments/{environment}/environment.yaml"),
        "release": path(f"environments/{environment}/{model}/release.yaml"),
    }


@pytest.mark.parametrize("cluster", [{}, {"cluster": "eu"}])
def test_a_release_becomes_an_application(fill, cluster: dict[str, str]):
    (releases,) = parse((ROOT / RELEASES).read_bytes(), RELEASES)
    found = fill(releases["spec"]["template"], merged("dev", "m", cluster))
    assert found["metadata"]["name"] == "dev-m"
    assert found["spec"]["destination"] == {
        "name": cluster.get("cluster", "in-cluster"), "namespace": "models-dev",
    }  # fmt: skip
    assert found["spec"]["source"]["helm"] == {
        "releaseName": "m",
        "ignoreMissingValueFiles": True,
        "valueFiles": [
            "/environments/dev/values.yaml",
            "/environments/dev/m/values.yaml",
            "/environments/dev/m/release.yaml",
        ],
    }
    looked = found["metadata"]["annotations"]["argocd.argoproj.io/manifest-generate-paths"].split(";")
    assert looked == ["/charts/onnx-serving", "/environments/dev/values.yaml", "/environments/dev/m"]
    assert found["spec"]["project"] == "sluicegate"
    second = releases["spec"]["generators"][0]["matrix"]["generators"][1]["git"]["files"]
    assert fill(second, merged("dev", "m", {}))[0] == {"path": "environments/dev/*/release.yaml"}


def test_an_environment_that_pins_a_chart_takes_it_by_digest_and_its_values_from_the_repository(fill):
    (releases,) = parse((ROOT / RELEASES).read_bytes(), RELEASES)
    own = releases["spec"]["generators"][0]["matrix"]["generators"][0]["git"]
    assert own["values"] == {"repoURL": own["repoURL"], "targetRevision": own["revision"]}
    repository = "oci://example.org/charts/onnx-serving"
    chart = {"repository": repository, "version": "1.2.3", "digest": DIGEST}
    given = merged("dev", "m", {"chart": chart}) | {"values": own["values"]}
    assert yaml.safe_load(fill(releases["spec"]["templatePatch"], given)) == {
        "spec": {
            "source": None,
            "sources": [
                {
                    "repoURL": repository,
                    "targetRevision": DIGEST,
                    "path": ".",
                    "helm": {
                        "releaseName": "m",
                        "ignoreMissingValueFiles": True,
                        "valueFiles": [
                            "$values/environments/dev/values.yaml",
                            "$values/environments/dev/m/values.yaml",
                            "$values/environments/dev/m/release.yaml",
                        ],
                    },
                },
                {"repoURL": own["repoURL"], "targetRevision": own["revision"], "ref": "values"},
            ],
        }
    }


@pytest.mark.parametrize("spec", [{}, {"chart": None}])
def test_without_a_pin_the_patch_changes_nothing(fill, spec: dict[str, Any]):
    (releases,) = parse((ROOT / RELEASES).read_bytes(), RELEASES)
    assert yaml.safe_load(fill(releases["spec"]["templatePatch"], merged("dev", "m", spec))) == {}


def test_nothing_of_a_release_is_deleted_by_the_set():
    (releases,) = parse((ROOT / RELEASES).read_bytes(), RELEASES)
    spec = releases["spec"]
    assert spec["syncPolicy"] == {"applicationsSync": "create-update", "preserveResourcesOnDeletion": True}
    assert "strategy" not in spec and "finalizers" not in spec["template"]["metadata"]
    assert spec["goTemplateOptions"] == ["missingkey=error"]
    assert "{{" not in spec["template"]["spec"]["project"]


def pull(*labels: str) -> dict[str, Any]:
    return {"number": "7", "head_sha": "b" * 40, "labels": list(labels), "title": "{{ .x }}", "branch": "x"}


@pytest.mark.parametrize(
    ("labels", "wanted"),
    [
        (("preview/m",), "models/m/model.yaml"),
        (("bug", "preview/flight-delay", "preview"), "models/flight-delay/model.yaml"),
        ((), "models/none/labelled/model.yaml"),
        (("preview/*",), "models/none/labelled/model.yaml"),
        (("preview/../environments",), "models/none/labelled/model.yaml"),
        (("preview/a", "preview/b"), "models/a/and/b/model.yaml"),
    ],
)
def test_a_label_names_one_model_and_nothing_else(fill, labels: tuple[str, ...], wanted: str):
    _, previews = parse((ROOT / PREVIEWS).read_bytes(), PREVIEWS)
    git = previews["spec"]["generators"][0]["matrix"]["generators"][1]["git"]
    found = fill(git, pull(*labels))
    assert found["files"] == [{"path": wanted}] and found["revision"] == "b" * 40


def model(digest: str, name: str = "m") -> dict[str, Any]:
    spec = {"version": 999999, "artifact": {"path": "model.onnx", "sha256": digest}}
    return pull(f"preview/{name}") | {"spec": spec, "model": path(f"models/{name}/model.yaml")}


def test_a_preview_serves_the_pull_requests_own_version(fill):
    _, previews = parse((ROOT / PREVIEWS).read_bytes(), PREVIEWS)
    found = fill(previews["spec"]["template"], model(DIGEST))
    assert found["metadata"]["name"] == found["spec"]["destination"]["namespace"] == "preview-7-m"
    assert found["metadata"]["finalizers"] == ["resources-finalizer.argocd.argoproj.io"]
    assert found["spec"]["project"] == "sluicegate-previews"
    assert found["spec"]["source"]["targetRevision"] == "main"
    helm = found["spec"]["source"]["helm"]
    assert helm["releaseName"] == "m"
    values = yaml.safe_load(helm["values"])
    assert values["preview"] == {"enabled": True}
    assert values["tracks"]["stable"] == {
        "version": 999999, "revision": "b" * 40, "digest": DIGEST, "weight": 100,
    }  # fmt: skip
    written = yaml.safe_load(release.render(Release("m", "dev", stable=Version(1, "a" * 40, DIGEST))))
    assert {key: values[key] for key in ("apiVersion", "kind")} == {
        key: written[key] for key in ("apiVersion", "kind")
    }


def test_what_a_pull_request_writes_stays_one_scalar(fill):
    _, previews = parse((ROOT / PREVIEWS).read_bytes(), PREVIEWS)
    hostile = 'sha256:1"\n    weight: 1\nimages: {ort: {repository: evil}}\n#{{ .head_sha }}'
    helm = fill(previews["spec"]["template"]["spec"]["source"]["helm"], model(hostile))
    values = yaml.safe_load(helm["values"])
    assert values["tracks"]["stable"]["digest"] == hostile and "images" not in values


def test_a_long_name_still_is_a_namespace(fill):
    _, previews = parse((ROOT / PREVIEWS).read_bytes(), PREVIEWS)
    found = fill(previews["spec"]["template"], model(DIGEST, "m" * 52 + "-" + "m" * 10))
    namespace = found["spec"]["destination"]["namespace"]
    assert len(namespace) <= 63 and not namespace.endswith("-")


def test_previews_may_make_what_releases_may_and_their_limits():
    (project,) = parse((ROOT / PROJECT).read_bytes(), PROJECT)
    previews, _ = parse((ROOT / PREVIEWS).read_bytes(), PREVIEWS)

    def kinds(one: dict[str, Any]) -> set[tuple[str, str]]:
        return {(kind["group"], kind["kind"]) for kind in one["spec"]["namespaceResourceWhitelist"]}

    assert kinds(previews) - kinds(project) == {("", "LimitRange"), ("", "ResourceQuota")}
    assert kinds(project) < kinds(previews)
    for one in (project, previews):
        assert one["spec"]["clusterResourceWhitelist"] == [{"group": "", "kind": "Namespace"}]
        assert ("", "Secret") not in kinds(one) and not [k for k in kinds(one) if "rbac" in k[0]]


def test_the_serving_chart_renders_only_what_the_projects_allow():
    (project,) = parse((ROOT / PROJECT).read_bytes(), PROJECT)
    previews, _ = parse((ROOT / PREVIEWS).read_bytes(), PREVIEWS)
    chart = ROOT / "charts" / "onnx-serving"
    files = sorted((chart / "ci").glob("*-values.yaml"))
    assert files
    for file in files:
        preview = (yaml.safe_load(file.read_text()).get("preview") or {}).get("enabled")
        namespace = "preview-models" if preview else "models"
        words = ["--namespace", namespace, "--no-hooks", "--kube-version", "1.36.0", "--values", str(file)]
        done = subprocess.run(
            [tool("helm"), "template", "m", str(chart), *words], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        rendered = {
            (one["apiVersion"].rpartition("/")[0], one["kind"])
            for one in yaml.safe_load_all(done.stdout)
            if one and one["kind"] != "Namespace"
        }
        allowed = (previews if preview else project)["spec"]["namespaceResourceWhitelist"]
        assert rendered <= {(kind["group"], kind["kind"]) for kind in allowed}, file.name


def test_the_serving_chart_takes_a_previews_values(fill, tmp_path: Path):
    _, previews = parse((ROOT / PREVIEWS).read_bytes(), PREVIEWS)
    found = fill(previews["spec"]["template"], model(DIGEST))
    (tmp_path / "values.yaml").write_text(found["spec"]["source"]["helm"]["values"])
    chart = ROOT / "charts" / "onnx-serving"
    words = ["--namespace", found["spec"]["destination"]["namespace"]]
    for file in (chart / "ci" / "ort-values.yaml", tmp_path / "values.yaml"):
        words += ["--values", str(file)]
    done = subprocess.run(
        [tool("helm"), "template", "m", str(chart), *words], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    rendered = {(one["kind"], one["metadata"]["name"]) for one in yaml.safe_load_all(done.stdout) if one}
    assert ("Namespace", "preview-7-m") in rendered
    assert ("Deployment", f"m-v999999-{DIGEST[7:15]}") in rendered
