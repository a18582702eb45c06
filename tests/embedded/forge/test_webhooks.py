from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from github import Github
from github.PullRequest import PullRequest
from github.Repository import Repository
from support.repositories import commit_files, git

from sluicegate.embedded.forge import Forge

ZERO = "0" * 40


@pytest.fixture
def hooked(repo: Repository, receiver: Callable[..., Any]) -> Any:
    """A receiver of every event of the test's repository."""
    there = receiver()
    repo.create_hook("web", {"url": there.url, "content_type": "json"}, ["push", "pull_request"])
    there.wait("ping")
    return there


def test_a_push_of_git(
    hooked: Any, forge: Forge, repo: Repository, clone: Callable[..., Path],
) -> None:  # fmt: skip
    work = clone(login="gate[bot]")
    before = git("rev-parse", "HEAD", cwd=work)
    first = commit_files(work, {"models/ä b.yaml": "version: 1\n"})
    (work / "README.md").unlink()
    second = commit_files(work, {"models/ä b.yaml": "version: 2\n"}, "Two")
    git("push", "--quiet", "origin", "main", cwd=work)
    (payload,) = hooked.wait("push")
    assert (payload["ref"], payload["before"], payload["after"]) == ("refs/heads/main", before, second)
    assert [one["id"] for one in payload["commits"]] == [first, second]
    assert payload["commits"][0]["added"] == ["models/ä b.yaml"]
    assert (payload["commits"][1]["modified"], payload["commits"][1]["removed"]) == (
        ["models/ä b.yaml"], ["README.md"],
    )  # fmt: skip
    assert payload["head_commit"]["message"] == "Two"
    assert payload["pusher"]["name"] == payload["sender"]["login"] == "gate[bot]"
    shown = payload["repository"]
    assert shown["html_url"] == f"{forge.url}/{repo.full_name}"
    assert (shown["clone_url"], shown["default_branch"]) == (shown["html_url"] + ".git", "main")
    assert isinstance(shown["pushed_at"], int) and isinstance(shown["created_at"], int)
    assert (payload["created"], payload["deleted"], payload["forced"]) == (False, False, False)


def test_branches_and_tags_come_and_go(hooked: Any, repo: Repository, topic: Callable[..., str]) -> None:
    tip = topic()
    created, wrote = hooked.wait("push", 2)
    assert (created["before"], created["created"], created["commits"]) == (ZERO, True, [])
    assert (wrote["after"], wrote["commits"][0]["added"]) == (tip, ["models/a/model.yaml"])
    repo.create_git_ref("refs/tags/v1", tip)
    repo.get_git_ref("heads/topic").delete()
    tag, gone = hooked.wait("push", 4)[2:]
    assert (tag["ref"], tag["commits"], tag["head_commit"]["id"]) == ("refs/tags/v1", [], tip)
    assert (gone["after"], gone["deleted"], gone["head_commit"]) == (ZERO, True, None)


def test_a_merge_is_a_push_with_what_it_brings(hooked: Any, pull: PullRequest) -> None:
    done = pull.merge(sha=pull.head.sha)
    payload = hooked.wait("push", 3)[2]
    assert (payload["ref"], payload["after"]) == ("refs/heads/main", done.sha)
    assert [one["id"] for one in payload["commits"]] == [pull.head.sha, done.sha]
    assert [one["added"] for one in payload["commits"]] == [["models/a/model.yaml"]] * 2


def test_a_push_past_the_forge_is_delivered_once(hooked: Any, forge: Forge, repo: Repository) -> None:
    bare = forge.root / f"{repo.full_name}.git"
    git("branch", "by-hand", "main", cwd=bare)
    for _ in range(2):
        list(repo.get_pulls())
    repo.create_git_ref("refs/heads/after", repo.get_branch("main").commit.sha)
    assert [one["ref"] for one in hooked.wait("push", 2)] == ["refs/heads/by-hand", "refs/heads/after"]


def test_a_pulls_life(
    hooked: Any, repo: Repository, pull: PullRequest, as_user: Callable[..., Github]
) -> None:
    pull.add_to_labels("preview", "x")
    pull.add_to_labels("preview")
    pull.remove_from_labels("x")
    repo.create_file("more.txt", "More", "x", branch="topic")
    pull.edit(title="Renamed")
    pull.edit(state="closed")
    pull.edit(state="open")
    tip = repo.get_pull(pull.number).head.sha
    pull.merge(sha=tip)
    events = hooked.wait("pull_request", 9)
    assert [event["action"] for event in events] == [
        "opened", "labeled", "labeled", "unlabeled", "synchronize", "edited", "closed", "reopened", "closed",
    ]  # fmt: skip
    assert [event["label"]["name"] for event in events[1:4]] == ["preview", "x", "x"]
    assert [label["name"] for label in events[3]["pull_request"]["labels"]] == ["preview"]
    assert events[4]["pull_request"]["head"]["sha"] == tip
    assert [event["pull_request"]["merged"] for event in events[6:]] == [False, False, True]
    assert {event["repository"]["full_name"] for event in events} == {repo.full_name}


def test_only_what_was_asked_for(
    repo: Repository, receiver: Callable[..., Any], topic: Callable[..., str]
) -> None:
    pushes, pulls, off = receiver(), receiver(), receiver()
    for there, events in ((pushes, ["push"]), (pulls, ["pull_request"])):
        repo.create_hook("web", {"url": there.url, "content_type": "json"}, events)
    repo.create_hook("web", {"url": off.url, "content_type": "json"}, ["*"], active=False)
    topic()
    repo.create_pull(base="main", head="topic", title="x")
    pushes.wait("push", 2)
    pulls.wait("pull_request")
    off.wait("ping")
    kinds = [
        {request.headers["x-github-event"] for request in there.requests} for there in (pushes, pulls, off)
    ]
    assert kinds == [{"ping", "push"}, {"ping", "pull_request"}, {"ping"}]
