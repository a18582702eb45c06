"""What of `sluice bootstrap` needs no cluster; the cluster suite runs the rest."""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from textwrap import dedent

import pytest

from sluicegate.ci.bootstrap.cluster import Applied, Cluster, _content
from sluicegate.ci.bootstrap.cluster_errors import ClusterError, Conflict

ROOT = Path(__file__).parents[3]
DIGEST = "sha256:" + "a" * 64
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
        (("--gate-image", "localhost/gate:1"), 1, "does not name an image by its registry, name and digest"),
        (("--gate-image", f"gate@{DIGEST}"), 1, "write REGISTRY/NAME@sha256:"),
        (("--gate-namespace", "Bad_NS", "--gate-image", f"r/gate@{DIGEST}"), 1, "not a name of a namespace"),
        (("--argocd-namespace", "Bad_NS"), 1, "not a name of a namespace"),
        (("--repo", "garbage"), 1, "--repo URL"),
        (("--repo", "/srv/models.git"), 1, "no path of this machine; name it with --repo URL"),
        (("--repo", "file:///srv/models.git"), 1, "neither a URL (https, http, ssh, git)"),
        (("--repo", "../models"), 1, "--repo URL"),
        (("--repo", "https:///models.git"), 1, "--repo URL"),
        (("--repo", "https://[forge/a/b.git"), 1, "--repo URL"),
        (("--repo", "https://forge.example.org:99999/a/b.git"), 1, "--repo URL"),
        (("--repo", "https://forge.example.org/a b.git"), 1, "--repo URL"),
        (("--repo", "forge.example.org:a/b.git"), 1, "nor USER@HOST:PATH"),
        (("--repo", "git:token@forge.example.org:a/b.git"), 1, "nor USER@HOST:PATH"),
        (("--repo", "git@forge.example.org:a/b.git"), 1, "the cluster at http://127.0.0.1:9 does not"),
        (("--repo", "ssh://git@forge.example.org/a/b.git"), 1, "the cluster at http://127.0.0.1:9 does not"),
        (("--repo", "http://10.0.0.1:3000/a/b.git"), 1, "the cluster at http://127.0.0.1:9 does not"),
        (("--repo", "https://user:token@forge.example.org/a/b.git"), 1, "holds a credential"),
        (("--repo", "https://token@forge.example.org/a/b.git"), 1, "holds a credential"),
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


def test_an_origin_that_argo_cd_does_not_reach_is_named(sluice, work, tmp_path: Path, monkeypatch):
    work.git("remote", "add", "origin", str(tmp_path / "models.git"))
    monkeypatch.chdir(work.root)
    done = sluice("bootstrap")
    assert done.exit_code == 1 and "no path of this machine; name it with --repo URL" in done.output
    assert str(tmp_path) not in done.output


@contextmanager
def server(status: int, body: bytes, kind: str = "application/json", **headers: str) -> Iterator[str]:
    """A server that answers everything in this way; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_port}"
        finally:
            running.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (302, b""),
        (302, b'{"gitVersion": "v1.36.0"}'),
        (200, b"<html>"),
        (200, b""),
        (200, b"[]"),
        (200, b"{}"),
        (200, b'{"gitVersion": 1}'),
        (400, b"Client sent an HTTP request to an HTTPS server."),
        (404, b"<html>"),
    ],
)
def test_a_server_that_is_no_api_server_is_named(sluice, repository: Path, kubeconfig: Path, status, body):
    with server(status, body, Location="/login") as address:
        kubeconfig.write_text(KUBECONFIG.replace("http://127.0.0.1:9", address))
        words = ["--repo", "https://forge.example.org/a/b.git", "--from", repository]
        done = sluice("bootstrap", *words, "--kubeconfig", kubeconfig)
    assert done.exit_code == 1, done.output
    assert "answers, but not as a Kubernetes API server; see --kubeconfig" in done.output
    assert address in done.output and "crashed" not in done.output


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "does not know this account"),
        (403, "is forbidden to this account"),
        (503, "the API server answers 503"),
    ],
)
@pytest.mark.parametrize("body", [b'{"kind": "Status", "message": "so"}', b"so", b"[]"])
def test_what_an_api_server_refuses_is_named(kubeconfig: Path, status: int, body: bytes, said: str):
    with server(status, body) as address:
        kubeconfig.write_text(KUBECONFIG.replace("http://127.0.0.1:9", address))
        with pytest.raises(ClusterError, match=said):
            Cluster(kubeconfig).version()


@pytest.mark.parametrize(
    ("said", "managers"),
    [
        ('Apply failed with 1 conflict: conflict with "argocd" using a/v1: .spec.generators', {"argocd"}),
        ('2 conflicts: conflicts with "argocd":\n- .a\nconflicts with "kubectl-edit":\n- .b',
         {"argocd", "kubectl-edit"}),
        ("so", set()),
    ],
)  # fmt: skip
def test_a_conflict_tells_who_keeps_the_fields(kubeconfig: Path, said: str, managers: set[str]):
    with server(409, json.dumps({"kind": "Status", "message": said}).encode()) as address:
        kubeconfig.write_text(KUBECONFIG.replace("http://127.0.0.1:9", address))
        with pytest.raises(Conflict, match="is kept by somebody else") as raised:
            Cluster(kubeconfig).version()
    assert raised.value.managers == managers


def test_the_version_of_an_api_server_is_read(kubeconfig: Path):
    with server(200, b'{"gitVersion": "v1.36.0"}') as address:
        kubeconfig.write_text(KUBECONFIG.replace("http://127.0.0.1:9", address))
        assert Cluster(kubeconfig).version() == "v1.36.0"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--repo", "garbage"), 1, "--repo URL"),
        (("--branch", "other"), 1, "has no branch 'other'"),
        (("--from", "/nowhere"), 1, "/nowhere"),
        (("--context", "there"), 1, "name a context of it with --context"),
        ((), 1, "does not answer"),
        (("--gate",), 2, "--gate needs --gate-image"),
    ],
)
def test_an_error_is_in_the_json(sluice, repository: Path, kubeconfig: Path, words, code, said):
    base = ["--repo", "https://forge.example.org/a/b.git", "--from", repository, "--kubeconfig", kubeconfig]
    done = sluice("bootstrap", "--json", *base, *words)
    assert done.exit_code == code, done.output
    found = json.loads(done.stdout)
    assert said in found["error"] and found["objects"] == []
    assert said in done.stderr


def test_the_variable_for_the_repository_is_in_the_help_and_read(sluice, kubeconfig: Path):
    assert "SLUICE_REPO" in sluice("bootstrap", "--help").output
    done = sluice("bootstrap", "--kubeconfig", kubeconfig, env={"SLUICE_REPO": "garbage"})
    assert done.exit_code == 1 and "nor USER@HOST:PATH" in done.output


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
