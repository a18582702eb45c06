"""The command's options, output and errors; the cluster suite runs it against a real cluster."""

import json
import shutil
from pathlib import Path

import pytest
from support.http_stub import Answer, StubServer
from support.specs import environment_yaml

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
        environment_yaml("dev", namespace="models-dev", traffic="gateway-api", gateway="traefik"),
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
        (("--repo", "git@forge.example.org:a/b.git"), 1, "the cluster at http://127.0.0.1:9 did not"),
        (("--repo", "ssh://git@forge.example.org/a/b.git"), 1, "the cluster at http://127.0.0.1:9 did not"),
        (("--repo", "http://10.0.0.1:3000/a/b.git"), 1, "the cluster at http://127.0.0.1:9 did not"),
        (("--repo", "https://user:token@forge.example.org/a/b.git"), 1, "holds a credential"),
        (("--repo", "https://token@forge.example.org/a/b.git"), 1, "holds a credential"),
        (("--repo", "https://forge.example.org/a/b.git?token=abc"), 1, "a query or a fragment"),
        (("--repo", "https://forge.example.org/a/b.git#abc"), 1, "a query or a fragment"),
        (("--branch", "other"), 1, "has no branch 'other'"),
        (("--context", "there"), 1, "name a context of it with --context"),
        (("--kubeconfig", "/nowhere"), 1, "there is no kubeconfig /nowhere"),
        ((), 1, "the cluster at http://127.0.0.1:9 did not answer"),
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
    with StubServer(lambda _: Answer(status, body, {"Location": "/login"})) as server:
        kubeconfig.write_text(KUBECONFIG.replace("http://127.0.0.1:9", server.url))
        words = ["--repo", "https://forge.example.org/a/b.git", "--from", repository]
        done = sluice("bootstrap", *words, "--kubeconfig", kubeconfig)
    assert done.exit_code == 1, done.output
    assert "answers, but not as a Kubernetes API server; see --kubeconfig" in done.output
    assert server.url in done.output and "crashed" not in done.output


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--repo", "garbage"), 1, "--repo URL"),
        (("--branch", "other"), 1, "has no branch 'other'"),
        (("--from", "/nowhere"), 1, "/nowhere"),
        (("--context", "there"), 1, "name a context of it with --context"),
        ((), 1, "did not answer"),
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
