"""`sluice doctor`: what is missing, for what, and whether this repository needs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from github import Auth, Github
from support.forges import PERSON
from support.repositories import git

from sluicegate.embedded.forge import Forge

IMAGE = f"registry.example.org/octo/onnx-server@sha256:{'3' * 64}"
CLUSTER = (
    "--cluster", "--server-image", IMAGE, "--artifacts", "https://raw.example/m",
    "--prometheus", "http://127.0.0.1:9",
)  # fmt: skip


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine with a git user, without tools, token or cluster."""
    for name in ("SLUICE_HELM", "SLUICE_KUBECONFORM", "SLUICE_TOKEN", "GITHUB_TOKEN", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Olga")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "olga@example.org")


@pytest.fixture
def lines(sluice, tmp_path):
    """By name, what doctor says of the repository that init wrote with these words."""

    def run(*words, code: int = 0, asked=(), root: Path = tmp_path / "m"):
        if not root.exists():
            assert sluice("init", root, "--action", f"o/s@{'a' * 40}", *words).exit_code == 0
        result = sluice("doctor", "-C", root, "--json", *asked)
        assert result.exit_code == code, result.output
        return {line["name"]: line for line in json.loads(result.stdout)["lines"]}

    return run


def test_a_laptop_needs_no_tool_of_a_cluster(lines, monkeypatch) -> None:
    monkeypatch.setenv("SLUICE_HELM", "/no/helm")
    said = lines()
    assert said["git"]["state"] == "ok"
    assert said["onnxruntime"]["state"] == "ok"
    assert said["helm"]["state"] == "not needed"
    assert "Prometheus" not in said
    assert said["workflows"]["state"] == "missing"


def test_another_branch_than_main_is_what_is_missing(lines, tmp_path) -> None:
    assert lines()["branch"] == lines()["branch"] | {"state": "ok", "found": "main"}
    git("branch", "-m", "trunk", cwd=tmp_path / "m")
    said = lines(code=1)["branch"]
    assert (said["state"], said["found"], said["remedy"]) == (
        "missing", "trunk, and there is no main", "git branch -m main",
    )  # fmt: skip


def test_a_cluster_needs_helm_and_says_how_to_have_it(lines, monkeypatch) -> None:
    monkeypatch.setenv("SLUICE_HELM", "/no/helm")
    said = lines(*CLUSTER, code=1)
    assert said["helm"]["state"] == "missing"
    assert "to render what prod would apply" in said["helm"]["purpose"]
    assert "Install Helm" in said["helm"]["remedy"]
    assert (said["charts"]["state"], said["charts"]["needed"]) == ("ok", True)
    assert said["Prometheus"]["state"] == said["Argo CD"]["state"] == "missing"
    assert not said["Prometheus"]["needed"]


@pytest.mark.parametrize(("asked", "state", "code"), [("0", "not needed", 0), ("1", "missing", 1)])
def test_pip_audit_is_needed_where_the_machine_asks_for_it(lines, monkeypatch, asked, state, code) -> None:
    monkeypatch.setenv("SLUICE_AUDIT", asked)
    monkeypatch.setenv("SLUICE_PIP_AUDIT", "/no/pip-audit")
    said = lines(code=code)["pip-audit"]
    assert (said["state"], said["needed"]) == (state, asked == "1")
    assert "extra `audit`" in said["remedy"]


def test_with_the_tools_nothing_is_missing_that_it_needs(lines, charting) -> None:
    said = lines(*CLUSTER)
    assert said["helm"]["state"] == said["kubeconform"]["state"] == "ok"


def test_an_environment_that_cannot_be_read_is_named(lines, sluice, tmp_path) -> None:
    lines()
    (tmp_path / "m/environments/prod/environment.yaml").write_text("kind: [")
    assert "cannot be read: prod" in lines(code=1)["repository"]["found"]
    said = sluice("doctor", "-C", tmp_path / "m").output
    assert "-> sluice validate --all" in said
    assert "missing: repository" in said


def test_a_repository_on_github_needs_a_token(lines) -> None:
    said = lines(code=1, asked=["--repo", "octo/models"])
    assert said["token"]["state"] == "missing"
    assert "SLUICE_TOKEN" in said["token"]["remedy"]


def test_rights_and_rules_are_looked_up_on_the_forge(lines, tmp_path, monkeypatch, sluice) -> None:
    with Forge(tmp_path / "forge", [PERSON]) as forge:
        github = Github(base_url=forge.api, auth=Auth.Token(PERSON.secret), retry=None)
        name = github.get_user().create_repo("models", auto_init=True).full_name
        monkeypatch.setenv("SLUICE_TOKEN", PERSON.secret)
        asked = ["--repo", name, "--api", forge.api]
        said = lines(code=1, asked=asked)
        assert said["token"]["state"] == "ok"
        assert "not as declared" in said["branch rules"]["found"]
        applied = sluice(
            "github", "protect", "--repo", name, "--api", forge.api, "--apply", "-C", tmp_path / "m"
        )
        assert applied.exit_code == 0, applied.output
        assert lines(asked=asked)["branch rules"]["state"] == "ok"
