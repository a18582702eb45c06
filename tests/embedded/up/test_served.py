"""The gate commits to the repository that people work in, and nothing of theirs is lost."""

from datetime import UTC, datetime

import pytest
from support.repositories import commit_files, git
from support.specs import environment_yaml

from sluicegate.embedded.up.served import Served, embedded_environments, trust, trusts
from sluicegate.gate.adapters.git.command import PushRefused
from sluicegate.gate.adapters.git.repository import MAIN
from sluicegate.specs.yamlio import InputError

NOW = datetime(2026, 11, 26, tzinfo=UTC)
PROD = "environments/prod/environment.yaml"
RELEASE = "environments/prod/m/release.yaml"


@pytest.fixture
def work(tmp_path):
    root = tmp_path / "it's here"
    root.mkdir()
    git("init", "--quiet", "--initial-branch=main", ".", cwd=root)
    commit_files(root, {PROD: environment_yaml("prod", url="http://127.0.0.1:8801"), "notes": "one\n"})
    return root


@pytest.fixture
def repository(work, tmp_path):
    with Served(f"file://{work / '.git'}", work / ".git").open(tmp_path) as opened:
        opened.fetch()
        yield opened


def commit(repository, files) -> None:
    repository.push({MAIN: repository.commit(repository.tip(MAIN), files, "the gate", NOW)})


def test_a_commit_of_the_gate_arrives_in_the_work_tree_beside_unfinished_work(work, repository) -> None:
    (work / "notes").write_text("one\nunfinished\n")
    (work / "new").write_text("not added\n")
    git("add", "notes", cwd=work)
    configuration = (work / ".git/config").read_text()
    commit(repository, {RELEASE: b"a: 1\n"})
    assert (work / RELEASE).read_text() == "a: 1\n"
    assert git("status", "--short", cwd=work).splitlines() == ["M  notes", "?? new"]
    assert (work / ".git/config").read_text() == configuration


def test_a_file_that_a_person_edited_is_not_overwritten(work, repository) -> None:
    commit(repository, {RELEASE: b"a: 1\n"})
    (work / RELEASE).write_text("a: mine\n")
    with pytest.raises(PushRefused):
        commit(repository, {RELEASE: b"a: 2\n"})
    assert (work / RELEASE).read_text() == "a: mine\n"


def test_on_another_branch_the_work_tree_stays_as_it_is(work, repository) -> None:
    git("checkout", "--quiet", "-b", "topic", cwd=work)
    commit(repository, {RELEASE: b"a: 1\n"})
    assert not (work / RELEASE).exists()
    assert git("show", f"main:{RELEASE}", cwd=work) == "a: 1"


def test_the_first_key_that_main_trusts(work, repository) -> None:
    assert not trusts(repository)
    trust(repository, b"a public key\n", NOW)
    assert trusts(repository)
    assert (work / "environments/gate.pub").read_text() == "a public key\n"


def test_the_embedded_environments_in_their_order(work, repository) -> None:
    files = {
        "environments/a/environment.yaml": environment_yaml("a", after="prod", url="http://localhost:8802"),
        "environments/big/environment.yaml": environment_yaml(
            "big", traffic="gateway-api", gateway="traefik"
        ),
    }
    commit(repository, files)
    assert list(embedded_environments(repository, ())) == ["prod", "a"]
    assert list(embedded_environments(repository, ("a",))) == ["a"]


@pytest.mark.parametrize(
    ("changes", "names", "message"),
    [
        ({}, ("prud",), "main has no environment 'prud'; it has prod"),
        ({PROD: None}, (), "no environment of main is embedded"),
        ({PROD: b"kind: Environment\n"}, (), "environments/prod/environment.yaml"),
        (
            {PROD: environment_yaml("prod", url="http://10.0.0.1:80")},
            (),
            "metrics.url http://10.0.0.1:80 is not",
        ),
        (
            {PROD: environment_yaml("prod", url="http://127.0.0.1")},
            (),
            "metrics.url http://127.0.0.1 is not here",
        ),
        (
            {PROD: environment_yaml("prod", traffic="gateway-api", gateway="traefik")},
            ("prod",),
            "prod is not embedded",
        ),
    ],
)
def test_what_this_machine_cannot_serve_is_named(repository, changes, names, message) -> None:
    if changes:
        commit(repository, changes)
    with pytest.raises(InputError, match=message):
        embedded_environments(repository, names)
