from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.specs import environment_yaml

from sluicegate.ci.bootstrap.repository_config import parse, read
from sluicegate.gate.adapters.git.command import NotARepository, run
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.specs.layout import PROJECT_MANIFEST, RELEASES_MANIFEST, SERVING_CHART
from sluicegate.specs.yamlio import InputError

ROOT = Path(__file__).parents[3]


@pytest.fixture
def repository(tmp_path: Path):
    run(None, "init", "--quiet", "--bare", "--initial-branch=main", str(tmp_path / "bare"))
    with Repository(tmp_path / "bare") as repository:
        yield repository


def commit(repository: Repository, files: dict[str, bytes]) -> None:
    tip = repository.commit(None, files, "x", datetime.now(UTC), ("P", "p@example.org"))
    repository.push({"main": tip})


ALL = {
    "environments/b/environment.yaml": environment_yaml(
        "b", after="a", traffic="gateway-api", gateway="traefik"
    ),
    "environments/a/environment.yaml": environment_yaml("a", traffic="istio", gateway="istio"),
    "environments/laptop/environment.yaml": environment_yaml("laptop"),
    f"{SERVING_CHART}/Chart.yaml": b"name: x\n",
    PROJECT_MANIFEST: (ROOT / PROJECT_MANIFEST).read_bytes(),
    RELEASES_MANIFEST: (ROOT / RELEASES_MANIFEST).read_bytes(),
}


def test_the_environments_of_clusters_come_in_their_order(repository: Repository):
    commit(repository, ALL)
    said = read(repository, "main", [PROJECT_MANIFEST, RELEASES_MANIFEST], [SERVING_CHART])
    assert [spec.name for spec in said.environments] == ["a", "b"]
    assert said.embedded == ("laptop",) and said.revision == repository.tip("main")
    assert [one["kind"] for one in said.manifests[PROJECT_MANIFEST]] == ["AppProject"]


def test_where_every_environment_of_a_cluster_pins_a_chart_the_repository_needs_none(repository: Repository):
    commit(repository, without_charts("a", "b"))
    said = read(repository, "main", [PROJECT_MANIFEST, RELEASES_MANIFEST], [SERVING_CHART])
    assert {spec.chart.version for spec in said.environments if spec.chart} == {"1.2.3"}


def test_where_one_does_not_pin_a_chart_it_has_to_be_there(repository: Repository):
    commit(repository, without_charts("a"))
    with pytest.raises(InputError, match=f"there is no chart {SERVING_CHART}"):
        read(repository, "main", [PROJECT_MANIFEST, RELEASES_MANIFEST], [SERVING_CHART])


def without_charts(*pinning: str) -> dict[str, bytes]:
    """All but the chart; these environments take theirs from a registry."""
    pin = f"oci://example.org/charts/onnx-serving, version: 1.2.3, digest: 'sha256:{'1' * 64}'"
    files = {path: text for path, text in ALL.items() if path != f"{SERVING_CHART}/Chart.yaml"}
    for name in pinning:
        files[f"environments/{name}/environment.yaml"] += f"  chart: {{repository: {pin}}}\n".encode()
    return files


@pytest.mark.parametrize(
    ("without", "said"),
    [
        (PROJECT_MANIFEST, f"{PROJECT_MANIFEST}: it is not there at .*; commit it to main"),
        (f"{SERVING_CHART}/Chart.yaml", f"there is no chart {SERVING_CHART}"),
    ],
)
def test_what_is_missing_is_named(repository: Repository, without: str, said: str):
    commit(repository, {path: text for path, text in ALL.items() if path != without})
    with pytest.raises(InputError, match=said):
        read(repository, "main", [PROJECT_MANIFEST, RELEASES_MANIFEST], [SERVING_CHART])


def test_embedded_environments_alone_are_nothing_for_a_cluster(repository: Repository):
    path = "environments/laptop/environment.yaml"
    commit(repository, {path: ALL[path]})
    with pytest.raises(
        InputError, match=r"none of the environments is in a cluster: laptop; set `spec.traffic"
    ):
        read(repository, "main", [], [])


def test_a_branch_that_is_nowhere_is_named(repository: Repository):
    with pytest.raises(NotARepository, match="no branch 'main'"):
        read(repository, "main", [], [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"a: [", "x.yaml:.*it is not YAML"),
        (b"\xff", "x.yaml: it is not YAML"),
        (
            b"apiVersion: v1\nkind: Secret\nmetadata: {name: x}\n",
            "not an AppProject or ApplicationSet with a name",
        ),
        (b"apiVersion: argoproj.io/v1alpha1\nkind: AppProject\n", "not an AppProject"),
        (b"[1]", "not an AppProject"),
    ],
)
def test_a_manifest_of_anything_else_is_refused(text: bytes, said: str):
    with pytest.raises(InputError, match=said):
        parse(text, "x.yaml")


def test_anchors_are_resolved():
    (one,) = parse((ROOT / RELEASES_MANIFEST).read_bytes(), RELEASES_MANIFEST)
    assert one["spec"]["template"]["spec"]["source"]["repoURL"].endswith("/OWNER/REPOSITORY.git")
