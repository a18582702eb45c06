"""The real chart, by the real tools, for a model of the examples."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from support.specs import environment_yaml

from sluicegate.ci.model_reader import load
from sluicegate.specs.release import Release, Version
from sluicegate.specs.release_file import render
from sluicegate.specs.tree import WorkTree
from sluicegate.validators.runner.finding import Verdict
from sluicegate.validators.runner.inputs import Inputs
from sluicegate.validators.runner.judge import judge
from sluicegate.validators.runner.registry import checks
from sluicegate.validators.submission.candidate import Candidate

ROOT = Path(__file__).parents[3]
VALUES = f"""\
images:
  ort: {{repository: example.org/onnx-server, digest: "sha256:{"3" * 64}"}}
  triton: {{repository: example.org/tritonserver, digest: "sha256:{"4" * 64}"}}
artifacts: {{url: "http://forge:3000/o/r/raw"}}
"""


class Work:
    """A repository's files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copytree(ROOT / "tests/examples/good/every-check/models", root / "models")
        shutil.copytree(ROOT / "charts/onnx-serving", root / "charts/onnx-serving")
        shutil.copytree(ROOT / "charts/schemas", root / "charts/schemas")
        self.environment("eu")

    def environment(self, name: str, traffic: str = "gateway-api") -> None:
        text = environment_yaml(name, namespace="models", traffic=traffic, gateway="traefik")
        self.write(f"environments/{name}/environment.yaml", text)
        self.write(f"environments/{name}/values.yaml", VALUES)

    def write(self, path: str, text: str | bytes) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text()
        assert old in text
        self.write(path, text.replace(old, new))

    def judged(self, base: Path | None = None, model: str = "tiny"):
        candidate = Candidate(model, WorkTree(self.root), load, base=WorkTree(base) if base else None)
        workdir = self.root.parent / "workdir"
        shutil.rmtree(workdir, ignore_errors=True)
        return list(
            judge(checks()["chart-renders"], Inputs({**candidate.subject().given, "workdir": workdir}))
        )


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return Work(tmp_path / "repository")


OWN = "environments/eu/tiny/values.yaml"


def test_a_baseline_that_the_base_has_is_rendered_for_a_version_that_takes_it_out(work, charting) -> None:
    stable = Release("tiny", "eu", stable=Version(1, "a" * 40, "sha256:" + "1" * 64))
    work.write("environments/eu/tiny/release.yaml", render(stable))
    base = work.root.parent / "base"
    shutil.copytree(work.root, base)
    (same,) = work.judged(base)
    model = base / "models/tiny/model.yaml"
    text = model.read_text()
    assert text.count("  rollout:\n") == 1
    model.write_text(text.replace("  rollout:\n", "  rollout:\n    baseline: true\n"))
    (beside,) = work.judged(base)
    assert at_5(beside) > at_5(same)


def at_5(found) -> int:
    """How many objects the chart makes at a weight."""
    return int(re.search(r"canary at 5 % (\d+)", found.message)[1])


def test_every_state_of_a_release_renders(work, charting) -> None:
    (first,) = work.judged()
    assert (first.verdict, first.path) == (Verdict.PASS, None)
    assert "eu: tiny renders with the engine ort (objects: dark canary " in first.message
    assert "canary at 100 % " in first.message
    stable = Release("tiny", "eu", stable=Version(1, "a" * 40, "sha256:" + "1" * 64))
    work.write("environments/eu/tiny/release.yaml", render(stable))
    (later,) = work.judged()
    assert "as released " in later.message
    assert "canary at 5 % " in later.message
    assert later.observed >= 6


def test_what_a_merge_changes_is_a_diff_of_what_the_base_applies(work, charting) -> None:
    """A new version, and a value that the same change takes to the version that runs."""
    stable = Release("tiny", "eu", stable=Version(1, "a" * 40, "sha256:" + "1" * 64))
    work.write("environments/eu/tiny/release.yaml", render(stable))
    base = work.root.parent / "base"
    shutil.copytree(work.root, base)
    (version,) = work.judged(base)
    assert [line for line in version.diff if line.startswith("+") and "replicas" in line] == []
    assert any(line.startswith("-") and "v1" in line for line in version.diff)
    assert any(line.startswith("+") and "v2" in line for line in version.diff)
    work.write(OWN, "replicas: 7\n")
    (both,) = work.judged(base)
    assert [line.strip("+ ") for line in both.diff if line.startswith("+") and "replicas:" in line] == [
        "replicas: 7"
    ]
    (first,) = work.judged()
    assert first.diff == (), "without a base there is nothing to compare with"


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("enginee: triton\n", 1, 1, "enginee: no such key"),
        ("# one\nengine: onnx\n", 2, 1, "engine: value must be one of 'ort', 'triton', 'kserve'"),
        (
            "images:\n  ort: {digest: latest}\n",
            2,
            9,
            "images.ort.digest: value must be 'no tag, which can move",
        ),
        (
            "autoscaling:\n  kind: both\n",
            2,
            3,
            "autoscaling.kind: value must be one of 'none', 'hpa', 'keda'",
        ),
        (
            "gpu: {kind: mps, count: 2, sharedResource: nvidia.com/gpu}\n",
            1,
            18,
            "gpu.count: is 2 with gpu.kind mps",
        ),
        ("extraEnv: [{name: A, valeu: b}]\n", 1, 22, "extraEnv[0].valeu: no such key"),
        ("replicas: 1\nreplicas: 2\n", 2, 1, "replicas: the key is given twice"),
    ],
)
def test_a_bad_value_is_named_with_its_line_and_path(work, charting, text, line, column, said) -> None:
    work.write(OWN, text)
    found = next(finding for finding in work.judged() if said in finding.message)
    assert (found.verdict, found.path) == (Verdict.FAIL, OWN)
    assert (found.line, found.column) == (line, column)
    assert found.remedy


def renamed(work: Work, name: str) -> str:
    (work.root / "models/tiny").rename(work.root / "models" / name)
    path = f"models/{name}/model.yaml"
    work.edit(path, "name: tiny", f"name: {name}")
    return path


@pytest.mark.parametrize("name", ["a" * 49, "3-days"])
def test_a_name_that_no_service_can_have_is_refused_at_the_model_s_line(work, charting, name) -> None:
    path = renamed(work, name)
    (found,) = work.judged(model=name)
    assert (found.verdict, found.path, bool(found.line)) == (Verdict.FAIL, path, True)
    assert f"eu: nothing in a cluster can be called '{name}'" in found.message
    assert "begins with a letter and has at most 48 characters" in found.message
    work.environment("eu", "embedded")
    assert [one.verdict for one in work.judged(model=name)] == [Verdict.PASS]


def test_the_longest_name_and_the_last_version_render(work, charting) -> None:
    renamed(work, "a" * 48)
    work.edit(f"models/{'a' * 48}/model.yaml", "version: 2", "version: 999999")
    assert [one.message for one in work.judged(model="a" * 48) if one.verdict != Verdict.PASS] == []


def test_a_version_beyond_what_the_chart_takes_is_refused(work, charting) -> None:
    work.edit("models/tiny/model.yaml", "version: 2", "version: 1000000")
    (found,) = work.judged()
    assert (found.verdict, found.path) == (Verdict.FAIL, "models/tiny/model.yaml")
    assert "which is at most 999999, not 1000000" in found.message


def test_a_manifest_that_no_api_server_takes_is_refused(work, charting) -> None:
    work.edit(
        "charts/onnx-serving/templates/deployment.yaml", "  revisionHistoryLimit:", "  revisionHistory:"
    )
    (found,) = work.judged()
    assert found.verdict == Verdict.FAIL
    assert "Deployment tiny-v2-" in found.message
    assert "spec: additional properties 'revisionHistory' not allowed" in found.message


def test_a_kind_without_a_schema_is_refused(work, charting) -> None:
    (work.root / "charts/schemas/httproute-gateway-v1.json").unlink()
    found = next(f for f in work.judged() if "HTTPRoute" in f.message)
    assert (found.verdict, found.remedy) == (
        Verdict.FAIL,
        "Name HTTPRoute in charts/schemas/make.py and run it.",
    )


def test_a_pull_request_does_not_loosen_its_schemas(work, charting, tmp_path) -> None:
    base = tmp_path / "base"
    shutil.copytree(work.root, base)
    work.write("charts/schemas/deployment-apps-v1.json", "{}")
    work.edit(
        "charts/onnx-serving/templates/deployment.yaml", "  revisionHistoryLimit:", "  revisionHistory:"
    )
    assert Verdict.FAIL in {finding.verdict for finding in work.judged(base)}
    (alone,) = work.judged()
    assert alone.verdict == Verdict.PASS


def test_a_chart_that_renders_nothing_is_no_pass(work, charting) -> None:
    shutil.rmtree(work.root / "charts/onnx-serving/templates")
    (found,) = work.judged()
    assert (found.verdict, found.message) == (Verdict.FAIL, "eu: tiny: the chart renders nothing")


def test_engines_without_scores_and_another_split_than_the_environment_s(work, charting) -> None:
    work.edit("models/tiny/model.yaml", "gates: [", "gates: [{metric: score_drift, margin: 0.1}, ")
    work.write(OWN, "engine: triton\n")
    (found,) = work.judged()
    assert (found.verdict, found.path) == (Verdict.FAIL, "models/tiny/model.yaml")
    assert found.message == "eu: the engine triton keeps no histogram of scores, and a gate is score_drift"
    work.write(OWN, "traffic: istio\n")
    (found,) = work.judged()
    assert (found.path, found.line) == (OWN, 1)
    assert (
        "the chart splits traffic by istio, and environments/eu/environment.yaml says gateway-api"
        in found.message
    )


def test_embedded_environments_need_no_tool(work, monkeypatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("SLUICE_HELM", raising=False)
    work.environment("eu", "embedded")
    (found,) = work.judged()
    assert (found.verdict, found.message) == (Verdict.PASS, "nothing to render: eu is embedded")
    work.environment("us")
    (found,) = work.judged()
    assert (found.verdict, found.message) == (Verdict.ERROR, "not rendered: helm is not on PATH")
    assert found.remedy == "Install Helm 3.19 or later, or name it with SLUICE_HELM."


def test_an_environment_that_cannot_be_read_is_no_pass(work) -> None:
    work.write("environments/eu/environment.yaml", "kind: x\n")
    (found,) = work.judged()
    assert (found.verdict, found.message) == (
        Verdict.INCONCLUSIVE,
        "eu: not rendered, its environment.yaml cannot be read",
    )
