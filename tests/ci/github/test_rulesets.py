"""Rulesets by real HTTP against the embedded forge: nothing changes without --apply, and then all of it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from github import Auth, Github, GithubException
from github.Repository import Repository
from support.forges import BOT, PERSON

from sluicegate.ci.__main__ import main
from sluicegate.ci.github.client import connect
from sluicegate.ci.github.rulesets import Change, compare, declared
from sluicegate.ci.scaffold.repository import RULESETS, RULESETS_DIRECTORY
from sluicegate.embedded.forge import Forge
from sluicegate.specs.yamlio import InputError

COUNT = itertools.count(1)


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forge]:
    with Forge(tmp_path_factory.mktemp("forge"), [BOT, PERSON]) as running:
        yield running


@pytest.fixture
def repository(forge: Forge) -> Repository:
    github = Github(
        base_url=forge.api, auth=Auth.Token(PERSON.secret), retry=None,
        seconds_between_requests=0, seconds_between_writes=0,
    )  # fmt: skip
    return github.get_user().create_repo(f"models-{next(COUNT)}", auto_init=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository that `sluice init` was run in, for the App that is the forge's bot."""
    result = CliRunner().invoke(
        main,
        [
            "init",
            str(tmp_path),
            "--action",
            f"o/sluicegate@{'a' * 40}",
            "--owner",
            "@o/ml",
            "--app-id",
            str(BOT.id),
        ],
    )
    assert result.exit_code == 0, result.output
    return tmp_path


@pytest.fixture
def protect(forge: Forge, repository: Repository, root: Path, monkeypatch) -> Callable[..., Result]:
    monkeypatch.setenv("SLUICE_TOKEN", PERSON.secret)

    def run(*words: str) -> Result:
        options = ["--repo", repository.full_name, "--api", forge.api, "-C", str(root)]
        return CliRunner().invoke(main, ["github", "protect", *options, *words])

    return run


def on_github(repository: Repository) -> dict[str, Any]:
    _, listed = repository.requester.requestJsonAndCheck("GET", f"{repository.url}/rulesets")
    return {ruleset["name"]: ruleset["id"] for ruleset in listed}


def test_without_apply_the_difference_is_shown_and_nothing_is_done(protect, repository) -> None:
    result = protect()
    assert result.exit_code == 1, result.output
    assert result.output.count("create ") == len(RULESETS)
    assert '+            "context": "sluice/validate",' in result.output
    assert on_github(repository) == {}


def test_what_was_applied_is_kept_afterwards(protect, repository) -> None:
    assert protect("--apply").exit_code == 0
    assert len(on_github(repository)) == len(RULESETS)
    again = protect()
    assert (again.exit_code, again.output.count("keep ")) == (0, len(RULESETS)), again.output
    assert "protected as declared" in again.output


def test_a_ruleset_that_somebody_loosened_is_one_difference_and_is_put_back(protect, repository) -> None:
    protect("--apply")
    id = on_github(repository)["sluice: judged and approved"]
    url = f"{repository.url}/rulesets/{id}"
    repository.requester.requestJsonAndCheck("PUT", url, input={"enforcement": "disabled"})
    shown = protect()
    assert shown.exit_code == 1
    assert '-  "enforcement": "disabled",' in shown.output
    assert '+  "enforcement": "active",' in shown.output
    assert protect("--apply").exit_code == 0
    assert repository.requester.requestJsonAndCheck("GET", url)[1]["enforcement"] == "active"


def test_a_merge_waits_for_verdict_and_approval_and_the_gate_passes_by(forge, protect, repository) -> None:
    protect("--apply")
    repository.create_git_ref("refs/heads/topic", repository.get_branch("main").commit.sha)
    repository.create_file("models/a", "Add", "1", branch="topic")
    pull = repository.create_pull(base="main", head="topic", title="Better", body="")
    with pytest.raises(GithubException, match="sluice/validate"):
        pull.merge()
    bot = Github(base_url=forge.api, auth=Auth.Token(BOT.secret), retry=None)
    assert bot.get_repo(repository.full_name).get_pull(pull.number).merge().merged


def test_somebody_elses_rulesets_are_left_alone(protect, repository) -> None:
    theirs = {"name": "theirs", "enforcement": "active", "rules": [{"type": "required_signatures"}]}
    repository.requester.requestJsonAndCheck("POST", f"{repository.url}/rulesets", input=theirs)
    protect("--apply")
    assert "theirs" in on_github(repository)


def test_a_token_without_the_right_is_refused_by_name(protect, monkeypatch) -> None:
    monkeypatch.setenv("SLUICE_TOKEN", BOT.secret)
    result = protect("--apply")
    assert result.exit_code == 1
    assert "administer the repository" in result.output


def test_without_an_app_it_says_that_the_gate_cannot_push(protect, root) -> None:
    for file in (root / RULESETS_DIRECTORY).glob("*.json"):
        ruleset = json.loads(file.read_text())
        file.write_text(json.dumps(ruleset | {"bypass_actors": []}))
    assert protect().output.count("the gate cannot push") == 2


def change(
    found: dict[str, Any], wanted: dict[str, Any], root: Path, forge: Forge, repository: Repository
) -> Change:
    repository.requester.requestJsonAndCheck("POST", f"{repository.url}/rulesets", input=found)
    (one,) = compare(connect(forge.api, PERSON.secret), repository.full_name, [wanted])
    return one


RULE = {"type": "required_status_checks", "parameters": {
    "strict_required_status_checks_policy": False, "required_status_checks": [{"context": "a"}],
}}  # fmt: skip
WANTED = {
    "name": "x", "target": "branch", "enforcement": "active",
    "conditions": {"ref_name": {"include": ["~ALL"], "exclude": []}},
    "bypass_actors": [], "rules": [RULE, {"type": "deletion"}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("rules", "kind"),
    [
        ([{"type": "deletion"}, RULE], "keep"),
        ([{"type": "deletion"}, RULE, {"type": "update"}], "update"),
        ([{"type": "deletion"}], "update"),
        ([{"type": "deletion"}, RULE | {"parameters": RULE["parameters"] | {"more": 1}}], "keep"),
        ([{"type": "deletion"}, RULE | {"parameters": RULE["parameters"] | {
            "required_status_checks": [{"context": "a", "integration_id": 9}]}}], "update"),
    ],
)  # fmt: skip
def test_what_counts_as_a_difference(rules, kind, root, forge, repository) -> None:
    """Neither the order of rules nor what GitHub adds; a rule too many, one too few, another App's check."""
    assert change(WANTED | {"rules": rules}, WANTED, root, forge, repository).kind == kind


@pytest.mark.parametrize("text", ["{", "[]", '{"name": "x"}', json.dumps(WANTED | {"id": 3})])
def test_a_file_that_is_no_ruleset(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError, match=r"a\.json is no"):
        declared(tmp_path)


def test_no_files_and_two_of_one_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="sluice init"):
        declared(tmp_path)
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text(json.dumps(WANTED))
    with pytest.raises(InputError, match="two files"):
        declared(tmp_path)
