"""What of `sluice bootstrap` needs no cluster; the cluster suite runs the rest."""

import shutil
from pathlib import Path
from textwrap import dedent

import pytest

from ci.bootstrap.cluster import Applied, Cluster, ClusterError, _content

ROOT = Path(__file__).parents[3]
KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "http://127.0.0.1:9"}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: here, context: {cluster: c, user: u}}]
current-context: here
"""


@pytest.fixture
def repository(work) -> Path:
    shutil.copytree(ROOT / "environments", work.root / "environments", dirs_exist_ok=True)
    for name in ("project", "applicationset", "previews"):
        assert (work.root / "environments" / f"{name}.yaml").is_file()
    work.write("charts/onnx-serving/Chart.yaml", "name: onnx-serving\n")
    work.write("charts/gate/Chart.yaml", "name: gate\n")
    work.write(
        "environments/dev/environment.yaml",
        dedent("""\
            apiVersion: sluicegate.dev/v1
            kind: Environment
            metadata: {name: dev}
            spec:
              namespace: models-dev
              traffic: gateway-api
              metrics: {source: prometheus, url: "http://127.0.0.1:9090", gateway: traefik}
            """),
    )
    work.commit()
    return work.root


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    file = tmp_path / "kubeconfig"
    file.write_text(KUBECONFIG)
    return file


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--gate",), 2, "--gate needs --gate-image"),
        (("--gate-image", "localhost/gate:1"), 1, "names no image by its digest"),
        (("--repo", "https://user:token@forge.example.org/a/b.git"), 1, "carries a credential"),
        (("--repo", "https://token@forge.example.org/a/b.git"), 1, "carries a credential"),
        (("--repo", "https://forge.example.org/a/b.git?token=abc"), 1, "a query or a fragment"),
        (("--repo", "https://forge.example.org/a/b.git#abc"), 1, "a query or a fragment"),
        (("--branch", "other"), 1, "has no branch 'other'"),
        (("--context", "there"), 1, "name a context of it with --context"),
        (("--kubeconfig", "/nowhere"), 1, "there is no kubeconfig /nowhere"),
        ((), 1, "the cluster at http://127.0.0.1:9 does not answer"),
    ],
)
def test_what_is_wrong_is_named(sluice, repository: Path, kubeconfig: Path, words, code, said):
    base = ["--repo", "https://forge.example.org/a/b.git", "--from", repository, "--kubeconfig", kubeconfig]
    done = sluice("bootstrap", *base, *words)
    assert done.exit_code == code, done.output
    assert said in done.output and "crashed" not in done.output
    assert "token@" not in done.output and "abc" not in done.output


def test_no_address_to_give_to_argo_cd_is_named(sluice, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = sluice("bootstrap")
    assert done.exit_code == 1 and "has no origin" in done.output and "--repo" in done.output


def test_a_kubeconfig_that_is_none_is_named(tmp_path: Path):
    file = tmp_path / "kubeconfig"
    for text in ("", "[", "a: 1", "{}"):
        file.write_text(text)
        with pytest.raises(ClusterError, match=r"gives no access to a cluster .*--kubeconfig"):
            Cluster(file)


def test_what_changes_by_itself_is_no_change():
    before = {
        "kind": "A",
        "metadata": {"name": "a", "resourceVersion": "1", "managedFields": []},
        "spec": {"x": 1},
    }
    after = {
        "kind": "A",
        "metadata": {"name": "a", "resourceVersion": "2", "generation": 3},
        "spec": {"x": 1},
        "status": {"y": 2},
    }
    assert _content(before) == _content(after)
    assert _content(before) != _content(after | {"spec": {"x": 2}})
    assert Applied("A", None, "a", "unchanged").done == "unchanged"
