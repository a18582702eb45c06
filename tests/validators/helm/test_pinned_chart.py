"""The chart of an environment from a real registry: by digest, once, and nothing else than what is pinned."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from harness.found import tool
from support.registries import crane, serving
from support.specs import environment_yaml

from sluicegate import __version__
from sluicegate.ci.model_reader import load
from sluicegate.specs.chart import PinnedChart
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.environment_file import load_environment
from sluicegate.specs.layout import KUBERNETES_SCHEMAS, SERVING_CHART
from sluicegate.specs.release import Release, Version
from sluicegate.specs.release_file import render
from sluicegate.specs.tree import WorkTree
from sluicegate.specs.yamlio import parse
from sluicegate.validators.helm import pinned_chart
from sluicegate.validators.helm.chart_files import ChartError
from sluicegate.validators.helm.pinned_chart import charted
from sluicegate.validators.runner.finding import Finding, Verdict
from sluicegate.validators.runner.inputs import Inputs
from sluicegate.validators.runner.judge import judge
from sluicegate.validators.runner.registry import checks
from sluicegate.validators.submission.candidate import Candidate

ROOT = Path(__file__).parents[3]
VALUES = f"""\
images:
  ort: {{repository: example.org/onnx-server, digest: "sha256:{"3" * 64}"}}
artifacts: {{url: "http://forge:3000/o/r/raw"}}
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SLUICE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(pinned_chart, "_RETRY_SECONDS", 0)
    pinned_chart._chart.cache_clear()
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(crane, tmp_path_factory.mktemp("registry")) as address:
        yield address


def pushed(
    registry: str, folder: Path, chart: Path = ROOT / SERVING_CHART, version: str = __version__
) -> PinnedChart:
    """The chart, packed and pushed by helm."""
    helm = tool("helm")
    folder.mkdir(exist_ok=True)
    subprocess.run(
        [helm, "package", "--version", version, "-d", folder, chart], check=True, capture_output=True
    )
    name = f"{chart.name}-{version}.tgz"
    command = [helm, "push", folder / name, f"oci://{registry}/charts", "--plain-http"]
    said = subprocess.run(command, check=True, capture_output=True, text=True)
    digest = (said.stdout + said.stderr).partition("Digest: ")[2].split()[0]
    return PinnedChart(f"oci://{registry}/charts/onnx-serving", version, digest)


@pytest.fixture
def pin(registry: str, tmp_path: Path) -> PinnedChart:
    return pushed(registry, tmp_path / "packed")


def environment(pin: PinnedChart | None) -> EnvironmentSpec:
    text = environment_yaml("eu", namespace="models", traffic="gateway-api", gateway="traefik")
    return replace(load_environment(parse(text, "environment.yaml").checked()), chart=pin)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Models and an environment; no charts."""
    for name in ("helm", "kubeconform"):
        monkeypatch.setenv(f"SLUICE_{name.upper()}", tool(name))
    root = tmp_path / "repository"
    shutil.copytree(ROOT / "tests/examples/good/every-check/models", root / "models")
    (root / "environments/eu").mkdir(parents=True)
    (root / "environments/eu/values.yaml").write_text(VALUES)
    return root


def rendered(
    root: Path, pin: PinnedChart, base: Path | None = None, check: str = "chart-renders"
) -> list[Finding]:
    """What a check says of a model in an environment that pins the chart."""
    chart = json.dumps({"repository": pin.repository, "version": pin.version, "digest": pin.digest})
    text = environment_yaml(
        "eu", namespace="models", traffic="gateway-api", gateway="traefik", extra=f"  chart: {chart}\n"
    )
    (root / "environments/eu/environment.yaml").write_bytes(text)
    candidate = Candidate("tiny", WorkTree(root), load, base=WorkTree(base) if base else None)
    workdir = root.parent / "workdir"
    shutil.rmtree(workdir, ignore_errors=True)
    return list(judge(checks()[check], Inputs({**candidate.subject().given, "workdir": workdir})))


def test_a_tree_gets_the_chart_that_the_environment_pins(
    repository: Path, pin: PinnedChart, tmp_path: Path
) -> None:
    tree = charted(WorkTree(repository), environment(pin), stranger=False)
    own = ROOT / SERVING_CHART / "values.yaml"
    assert tree.read(f"{SERVING_CHART}/values.yaml") == own.read_bytes()
    assert [
        entry for entry in tree.entries(KUBERNETES_SCHEMAS) if entry.path.endswith("deployment-apps-v1.json")
    ]
    tree.copy(SERVING_CHART, tmp_path / "copied")
    assert (tmp_path / "copied/templates").is_dir() and not (tmp_path / "copied/ci").exists()
    assert tree.read("environments/eu/values.yaml") == VALUES.encode()


def test_the_repositorys_own_chart_is_not_mixed_with_it(repository: Path, pin: PinnedChart) -> None:
    (repository / SERVING_CHART / "templates").mkdir(parents=True)
    (repository / SERVING_CHART / "templates/mine.yaml").write_text("kind: Mine\n")
    tree = charted(WorkTree(repository), environment(pin), stranger=False)
    assert f"{SERVING_CHART}/templates/mine.yaml" not in {entry.path for entry in tree.entries(SERVING_CHART)}
    assert charted(WorkTree(repository), environment(None), stranger=False).read(
        f"{SERVING_CHART}/templates/mine.yaml"
    )


def test_a_chart_that_was_fetched_needs_no_registry(tmp_path: Path, repository: Path) -> None:
    with serving(crane, tmp_path) as address:
        pin = pushed(address, tmp_path / "packed")
        charted(WorkTree(repository), environment(pin), stranger=False)
    pinned_chart._chart.cache_clear()
    assert charted(WorkTree(repository), environment(pin), stranger=False).entries(SERVING_CHART)
    shutil.rmtree(tmp_path / "cache")
    pinned_chart._chart.cache_clear()
    with pytest.raises(ChartError, match="cannot be had"):
        charted(WorkTree(repository), environment(pin), stranger=False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"digest": "sha256:" + "0" * 64}, "cannot be had: .* is not there \\(404\\)"),
        ({"version": "9.9.9"}, f"is onnx-serving {__version__}, not onnx-serving 9.9.9"),
    ],
)
def test_another_digest_or_version_is_refused(
    repository: Path, pin: PinnedChart, change: dict[str, str], said: str
):
    with pytest.raises(ChartError, match=said):
        charted(WorkTree(repository), environment(replace(pin, **change)), stranger=False)


def test_a_pull_request_sends_nobody_into_the_network(repository: Path, pin: PinnedChart) -> None:
    with pytest.raises(ChartError, match="inside this network"):
        charted(WorkTree(repository), environment(pin), stranger=True)


def test_a_model_is_rendered_from_the_pinned_chart(repository: Path, pin: PinnedChart) -> None:
    (finding,) = rendered(repository, pin)
    assert finding.verdict is Verdict.PASS and "tiny renders with the engine ort" in finding.message
    assert rendered(repository, pin, check="gpu-fit")[0].verdict is Verdict.PASS


def test_a_chart_that_cannot_be_had_fails(repository: Path, pin: PinnedChart) -> None:
    lost = replace(pin, digest="sha256:" + "0" * 64)
    for check in ("chart-renders", "gpu-fit"):
        (finding,) = rendered(repository, lost, check=check)
        assert finding.verdict is Verdict.FAIL and "cannot be had" in finding.message


def test_the_diff_of_another_version_is_between_both_charts(
    repository: Path, pin: PinnedChart, registry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLUICE_ARTIFACT_HOSTS", "127.0.0.1")
    stable = Release("tiny", "eu", stable=Version(1, "a" * 40, "sha256:" + "1" * 64))
    (repository / "environments/eu/tiny").mkdir()
    (repository / "environments/eu/tiny/release.yaml").write_bytes(render(stable))
    rendered(repository, pin)
    base = tmp_path / "base"
    shutil.copytree(repository, base)
    newer = tmp_path / "onnx-serving"
    shutil.copytree(ROOT / SERVING_CHART, newer)
    (newer / "templates/more.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more-of-it}\n"
    )
    (finding,) = rendered(repository, pushed(registry, tmp_path / "newer", newer, "99.0.0"), base)
    assert finding.verdict is Verdict.PASS, finding.message
    assert any("more-of-it" in line for line in finding.diff)
