import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from sluicegate.ci.__main__ import main

from .conftest import CHART, DIGEST, ROOT, Refused, helm, tool

CASES = sorted(path.name for path in (CHART / "ci").glob("*-values.yaml"))
ENVIRONMENTS = [
    {"namespace": "models", "traffic": "gateway-api"},
    {"namespace": "others", "traffic": "istio"},
]
Render = Callable[..., dict[str, Any]]


def pod(objects: dict[str, Any]) -> dict[str, Any]:
    (found,) = [one for one in objects.values() if one["kind"] in ("Deployment", "CronJob")]
    spec = found["spec"]
    return (spec["jobTemplate"]["spec"] if found["kind"] == "CronJob" else spec)["template"]


@pytest.mark.parametrize("case", CASES)
def test_every_case_renders_what_the_api_knows(render: Render, case: str):
    objects = render(file=case)
    schemas = ROOT / "charts" / "schemas"
    text = "---\n".join(
        yaml.safe_dump(one)
        for one in objects.values()
        if (schemas / f"{one['kind'].lower()}-{kind_suffix(one['apiVersion'])}.json").exists()
    )
    pattern = f"{schemas}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"
    done = subprocess.run(
        [tool("kubeconform"), "-strict", "-schema-location", pattern, "-"],
        input=text, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert text.count("kind: ") > 5


def kind_suffix(api: str) -> str:
    group, _, version = api.rpartition("/")
    return f"{group.partition('.')[0]}-{version}" if group else version


@pytest.mark.parametrize("case", CASES)
def test_its_project_allows_every_kind_that_it_renders(render: Render, case: str):
    manifests = ROOT / "ci" / "bootstrap" / "manifests" / "gate.yaml"
    project, _ = yaml.safe_load_all(manifests.read_text())
    for one in render(file=case).values():
        scope = "namespace" if one["metadata"].get("namespace") else "cluster"
        kind = {"group": one["apiVersion"].rpartition("/")[0], "kind": one["kind"]}
        assert kind in project["spec"][f"{scope}ResourceWhitelist"]


@pytest.mark.parametrize("case", CASES)
def test_the_command_knows_every_argument_that_it_gets(render: Render, case: str):
    (container,) = pod(render(file=case))["spec"]["containers"]
    done = CliRunner().invoke(main, [*container["args"], "--help"], env={"SLUICE_REPO": "x"})
    assert done.exit_code == 0, done.output
    for argument in container["args"][2:]:
        assert argument.partition("=")[0] in done.output


@pytest.mark.parametrize("case", CASES)
def test_the_pod_has_no_right_that_it_does_not_need(render: Render, case: str):
    spec = pod(render(file=case))["spec"]
    (container,) = spec["containers"]
    assert "@sha256:" in container["image"]
    assert spec["securityContext"]["runAsNonRoot"] and spec["securityContext"]["runAsUser"] > 0
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "privileged": False,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    (repo,) = [one for one in container["env"] if one["name"] == "SLUICE_REPO"]
    assert set(repo) == {"name", "valueFrom"} and "secretKeyRef" in repo["valueFrom"]
    assert not [word for word in container["args"] if "repo" in word]


def rights(objects: dict[str, Any]) -> set[tuple[str, str, str]]:
    bound = {
        (one["metadata"]["namespace"], one["roleRef"]["name"])
        for one in objects.values()
        if one["kind"] == "RoleBinding"
    }
    found = set()
    for one in objects.values():
        assert one["kind"] not in ("ClusterRole", "ClusterRoleBinding")
        if one["kind"] != "Role":
            continue
        namespace = one["metadata"]["namespace"]
        assert (namespace, one["metadata"]["name"]) in bound
        for rule in one["rules"]:
            assert "*" not in rule["verbs"] + rule["resources"] + rule["apiGroups"]
            found |= {(namespace, resource, verb) for resource in rule["resources"] for verb in rule["verbs"]}
    return found


def test_it_may_only_read_and_ask_for_a_refresh(render: Render):
    reads = {
        ("argocd", "applications", "get"),
        ("models", "services", "get"),
        ("models", "deployments", "list"),
        ("models", "httproutes", "get"),
        ("others", "services", "get"),
        ("others", "deployments", "list"),
        ("others", "virtualservices", "get"),
    }
    lease = {("sluicegate", "leases", verb) for verb in ("create", "get", "update")}
    objects = render({"environments": ENVIRONMENTS})
    assert rights(objects) == reads | lease | {("argocd", "applications", "patch")}
    assert [one for one in objects if one.startswith("ValidatingAdmissionPolicyBinding")]
    quiet = render({"environments": ENVIRONMENTS, "mode": "cronjob", "argocd": {"refresh": False}})
    assert rights(quiet) == reads
    assert not [one for one in quiet if "Admission" in one]
    for rendered, wanted in ((objects, "1"), (quiet, "0")):
        (container,) = pod(rendered)["spec"]["containers"]
        assert {"name": "SLUICE_REFRESH", "value": wanted} in container["env"]


@pytest.mark.parametrize("mode", ["deployment", "cronjob"])
def test_it_looks_at_the_environments_that_are_named(render: Render, mode: str):
    def looked_at(values: dict[str, Any]) -> list[str]:
        objects = render({"mode": mode, **values})
        (whole,) = [one for one in objects.values() if one["kind"] in ("Deployment", "CronJob")]
        template = whole["spec"].get("jobTemplate", whole)["spec"]["template"]
        arguments = template["spec"]["containers"][0]["args"]
        return [word for word in arguments if word.startswith("--env")]

    assert looked_at({}) == []
    assert looked_at({"only": ["dev", "staging"]}) == ["--env=dev", "--env=staging"]


def test_two_traffics_of_one_namespace_make_one_role(render: Render):
    both = [{"namespace": "m", "traffic": kind} for kind in ("istio", "gateway-api", "kserve")]
    found = {one for one in rights(render({"environments": both})) if one[0] == "m"}
    assert {one[1] for one in found} == {
        "services", "deployments", "httproutes", "virtualservices", "inferenceservices",
    }  # fmt: skip


def test_the_fence_is_the_gates_own_account(render: Render):
    objects = render({"serviceAccount": {"name": "walker"}})
    (policy,) = [one for one in objects.values() if one["kind"] == "ValidatingAdmissionPolicy"]
    (condition,) = policy["spec"]["matchConditions"]
    assert condition["expression"].endswith("== 'system:serviceaccount:sluicegate:walker'")
    assert policy["spec"]["failurePolicy"] == "Fail"
    (binding,) = [one for one in objects.values() if one["kind"] == "ValidatingAdmissionPolicyBinding"]
    assert binding["spec"] == {"policyName": policy["metadata"]["name"], "validationActions": ["Deny"]}
    assert "Role/sluicegate/gate-lease" in objects


def test_a_second_replica_gets_a_budget(render: Render):
    assert not [one for one in render() if one.startswith("PodDisruptionBudget")]
    assert [one for one in render({"replicas": 2}) if one.startswith("PodDisruptionBudget")]


def test_a_gate_that_starts_slowly_is_not_killed_for_it(render: Render):
    (container,) = pod(render())["spec"]["containers"]
    startup, liveness = container["startupProbe"], container["livenessProbe"]
    assert startup["httpGet"] == liveness["httpGet"]
    assert startup["failureThreshold"] * startup["periodSeconds"] >= 600
    assert liveness["failureThreshold"] * liveness["periodSeconds"] < 120


def test_a_cronjob_never_runs_twice_at_once(render: Render):
    (job,) = [one for one in render({"mode": "cronjob"}).values() if one["kind"] == "CronJob"]
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    assert job["spec"]["jobTemplate"]["spec"]["backoffLimit"] == 0


@pytest.mark.parametrize(
    ("values", "said"),
    [
        *[
            (
                {"image": {"repository": "localhost/gate", "digest": digest}},
                "/image/digest': value must be 'no tag, which can move, .* give \"sha256:<64 hex digits>\"",
            )
            for digest in ("latest", "", "sha256:12")
        ],
        *[
            (
                {"image": {"repository": repository, "digest": DIGEST}},
                "/image/repository': value must be 'no tag, which can move: give the repository alone here",
            )
            for repository in ("localhost/gate:1", "r.internal:5000/a/gate:v1", f"localhost/gate@{DIGEST}")
        ],
        (
            {"image": {"repository": "localhost/gate", "digest": DIGEST, "tag": "1"}},
            "at '/image/tag': value must be 'no tag, which can move: remove this key and give digest",
        ),
        (
            {"image": {"repository": "", "digest": DIGEST}},
            "at '/image/repository': '' does not match pattern",
        ),
        ({"global": {"x": 1}}, "at '/global': additional properties 'x' not allowed"),
        *[
            ({"resources": {"limits": {"memory": bad}}}, "at '/resources/limits/memory': ")
            for bad in ("...", ".", -5, 0, "", "1.", "5Q")
        ],
        ({"cache": {"sizeLimit": "..."}}, "at '/cache/sizeLimit': "),
        *[
            ({"kubeconfigSecret": {"name": "a", "key": key}}, "at '/kubeconfigSecret/key': ")
            for key in ("..", ".", "..a", "a/b", "a b", "")
        ],
        *[
            ({"schedule": schedule}, "at '/schedule': ")
            for schedule in ("a b c d e", "* * * *", "* * * * * *", "@often", "* * * * ;", "*  * * * *")
        ],
        *[
            ({"repo": {"branch": branch}}, "at '/repo/branch': ")
            for branch in ("a..b", "a b", "-a", "/a", "a/", "a//b", ".a", "a.", "")
        ],
        ({"deadlineSeconds": 1e30}, "at '/deadlineSeconds': maximum"),
        ({"security": {"user": 9223372036854775807}}, "at '/security/user': maximum"),
        ({"podLabels": {"a b": "c"}}, "at '/podLabels/a b': value must be 'no key that Kubernetes takes"),
        ({"podLabels": {"a": "b c"}}, "at '/podLabels/a': 'b c' does not match pattern"),
        ({"nodeSelector": {"a": "b: c"}}, "at '/nodeSelector/a': 'b: c' does not match pattern"),
        ({"unknown": 1}, "unknown"),
        ({"replicas": 3}, "replicas"),
        ({"mode": "daemonset"}, "mode"),
        ({"repo": {"secret": {"name": "a", "key": "b"}, "url": "https://x:y@z"}}, "url"),
        ({"security": {"user": 0}}, "user"),
        ({"podLabels": {"app.kubernetes.io/name": "x"}}, "podLabels"),
        ({"podAnnotations": {"sluicegate.dev/x": "y"}}, "podAnnotations"),
        ({"metrics": {"rules": {"labels": {"app.kubernetes.io/name": "x"}}}}, "labels"),
        ({"environments": [{"namespace": "a", "traffic": "embedded"}]}, "traffic"),
        (
            {"mode": "cronjob", "replicas": 2},
            "replicas: a CronJob runs one tick at a time; set replicas to 1",
        ),
        (
            {"mode": "cronjob", "metrics": {"rules": {"enabled": True}}},
            "metrics: a CronJob lives too short to be scraped; set",
        ),
    ],
)
def test_bad_values_are_refused_by_their_path(render: Render, values: Any, said: str):
    with pytest.raises(Refused, match=said):
        render(values)


def every(values: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Each key of the values file, blocks and what stands in them."""
    open_ones = ("resources", "labels")
    if not isinstance(values, dict) or (path and path[-1] in open_ones):
        return []
    return [one for key, value in values.items() for one in [(*path, key), *every(value, (*path, key))]]


KEYS = every(yaml.safe_load((CHART / "values.yaml").read_text()))


@pytest.mark.parametrize("path", KEYS, ids=".".join)
def test_a_null_is_refused_by_its_path(render: Render, path: tuple[str, ...]):
    """It takes the default away: without this, a template would fall over what is not there."""
    given: Any = None
    for key in reversed(path):
        given = {key: given}
    if path[0] == "image" and len(path) > 1:
        given["image"] = {"repository": "localhost/gate", "digest": DIGEST} | given["image"]
    *block, last = path
    at = "".join(f"/{key}" for key in block)
    with pytest.raises(Refused, match=f"at '{at}': missing property '{last}'"):
        render(given)


def test_the_usual_forms_are_taken(render: Render):
    for schedule in ("*/5 0-6 1,15 jan-mar mon-fri", "0 3 ? * 7", "@hourly"):
        objects = render({"mode": "cronjob", "schedule": schedule})
        assert objects["CronJob/sluicegate/gate"]["spec"]["schedule"] == schedule
    for branch in ("main", "release/1.x", "team_a/deploy-2"):
        (container,) = pod(render({"repo": {"branch": branch}}))["spec"]["containers"]
        assert f"--branch={branch}" in container["args"]
    assert render({"global": {}})


def test_a_key_of_digits_is_a_text(render: Render):
    spec = pod(render({"kubeconfigSecret": {"name": "clusters", "key": "123"}}))["spec"]
    (volume,) = [one for one in spec["volumes"] if one["name"] == "kubeconfig"]
    assert volume["secret"]["items"] == [{"key": "123", "path": "123"}]
    (env,) = [one for one in spec["containers"][0]["env"] if one["name"] == "KUBECONFIG"]
    assert env["value"] == "/var/run/sluicegate/kubeconfig/123"


def test_the_key_of_the_evidence_comes_from_a_secret_alone(render: Render):
    def keys(values: dict[str, Any]) -> list[Any]:
        (container,) = pod(render(values))["spec"]["containers"]
        assert not [word for word in container["args"] if "signing" in word]
        return [one for one in container["env"] if one["name"] == "SLUICE_SIGNING_KEY"]

    assert keys({}) == []
    (env,) = keys({"signingKeySecret": {"name": "evidence", "key": "7"}})
    assert env == {
        "name": "SLUICE_SIGNING_KEY",
        "valueFrom": {"secretKeyRef": {"name": "evidence", "key": "7"}},
    }


def test_github_is_named_in_the_environment_alone_and_only_with_a_token_of_its_own_secret(render: Render):
    def told(github: dict[str, Any]) -> dict[str, Any]:
        (container,) = pod(render({"github": github}))["spec"]["containers"]
        return {one["name"]: one.get("value", one.get("valueFrom")) for one in container["env"]}

    assert not {"SLUICE_GITHUB", "SLUICE_TOKEN", "SLUICE_BOT", "SLUICE_JUDGES"} & set(told({}))
    secret = {"name": "github", "key": "t"}
    named = {"repository": "acme/models", "bot": "gate[bot]", "judges": "41898282", "tokenSecret": secret}
    env = told(named)
    assert (env["SLUICE_GITHUB"], env["SLUICE_BOT"]) == ("acme/models", "gate[bot]")
    assert (env["GITHUB_API_URL"], env["SLUICE_JUDGES"]) == ("https://api.github.com", "41898282")
    assert env["SLUICE_TOKEN"] == {"secretKeyRef": secret}
    for wrong, value in (
        ({"repository": "acme/models"}, "tokenSecret"),
        ({"api": "http://a.example"}, "api"),
    ):
        with pytest.raises(Refused, match=value):
            render({"github": wrong})


def test_notices_are_addressed_by_a_secret_alone(render: Render):
    def told(notices: dict[str, Any]) -> dict[str, Any]:
        (container,) = pod(render({"notices": notices}))["spec"]["containers"]
        named = [one for one in container["env"] if "NOTIFY" in one["name"]]
        return {one["name"]: one["valueFrom"]["secretKeyRef"] for one in named}

    assert told({}) == {}
    assert told({"secret": "notices", "cloudevents": "urls", "signing": "key"}) == {
        "SLUICE_NOTIFY": {"name": "notices", "key": "urls"},
        "SLUICE_NOTIFY_SECRET": {"name": "notices", "key": "key"},
    }
    for wrong in ({"slack": "https://hooks.example/x"}, {"slack": "urls"}, {"secret": "notices"}):
        with pytest.raises(Refused, match="notices"):
            render({"notices": wrong})


def test_every_whole_number_has_its_bounds(whole_numbers):
    """Helm's numbers are floats: one beyond Kubernetes' own types would be rendered negative."""
    found, loose = whole_numbers(json.loads((CHART / "values.schema.json").read_text()))
    assert loose == [] and len(found) == 5


def leaves(values: Any, path: str = "") -> list[str]:
    if not isinstance(values, dict) or not values or path in ("resources", "metrics.dashboards.labels"):
        return [path]
    return [one for key, value in values.items() for one in leaves(value, f"{path}.{key}" if path else key)]


def test_every_value_is_documented():
    readme = (CHART / "README.md").read_text()
    names = set()
    for row in re.findall(r"^\| (`[^|]*) \|", readme, re.MULTILINE):
        first, *more = re.findall(r"`([^`]+)`", row)
        names |= {first} | {first.rpartition(".")[0] + one if one.startswith(".") else one for one in more}
    assert set(leaves(yaml.safe_load((CHART / "values.yaml").read_text()))) <= names


def test_every_alert_and_panel_asks_for_a_series_that_the_gate_has(render: Render):
    from prometheus_client import generate_latest

    from sluicegate.gate.daemon.telemetry import Telemetry

    telemetry = Telemetry(1)
    known = set(re.findall(r"^# TYPE (\S+)", generate_latest(telemetry.registry).decode(), re.MULTILINE))
    known |= {f"{name}_{end}" for name in known for end in ("sum", "count")}
    texts = [path.read_text() for path in (CHART / "files").rglob("*.*")]
    asked = {name for text in texts for name in re.findall(r"\bsluice_gate_\w+", text)}
    assert asked <= known and len(asked) > 8
    dashboards = render()["ConfigMap/sluicegate/gate-dashboards"]["data"]
    files = sorted((CHART / "files" / "dashboards").glob("*.json"))
    assert sorted(dashboards) == [f"sluicegate-{path.name}" for path in files] != []
    for path in files:
        assert dashboards[f"sluicegate-{path.name}"] == path.read_text()
    rules = render(file="deployment-values.yaml")["PrometheusRule/sluicegate/gate"]
    assert rules["spec"] == yaml.safe_load((CHART / "files" / "rules" / "gate.yaml").read_text())


def test_alerts_fire_when_they_should_and_only_then():
    cases = Path(__file__).with_name("alerts.yaml")
    done = subprocess.run([tool("promtool"), "test", "rules", cases], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_takes_the_values_that_bootstrap_gives_it():
    from sluicegate.ci.bootstrap.options import GateOptions, InstallOptions
    from sluicegate.ci.bootstrap.plan import objects
    from sluicegate.ci.bootstrap.repository_config import RepositoryConfig
    from sluicegate.specs.environment import EnvironmentSpec, Metrics
    from sluicegate.specs.layout import PROJECT_MANIFEST, RELEASES_MANIFEST

    metrics = Metrics("prometheus", "http://127.0.0.1:9090")
    said = RepositoryConfig(
        "c",
        (EnvironmentSpec("a", "models-a", metrics, "istio"),),
        (),
        {PROJECT_MANIFEST: (), RELEASES_MANIFEST: ()},
    )
    wanted = InstallOptions(
        "https://x/a/b.git", gate=GateOptions("localhost/gate", DIGEST, "sluicegate", "secret")
    )
    application = objects(said, wanted)[-1]
    values = application["spec"]["source"]["helm"]["valuesObject"]
    text = helm(given=values)
    assert f"localhost/gate@{DIGEST}" in text and "namespace: models-a" in text
