"""Which commits an event names; the payloads are GitHub's own examples."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import webhooks

from sluicegate.ci.github.event import EventError, parse_event, read_event
from sluicegate.gate.adapters.git.names import ZERO

A, B = "a" * 40, "b" * 40


def test_a_pull_request_is_judged_at_its_own_head_and_not_at_the_merge_commit() -> None:
    payload = webhooks.pull_request("octo/models", 7, A, B)
    payload["pull_request"]["merge_commit_sha"] = "c" * 40
    event = parse_event(payload, "pull_request")
    assert (event.base, event.head, event.number, event.repository) == (A, B, 7, "octo/models")
    assert not event.fork
    assert event.head_ref == "refs/pull/7/head"


def test_the_head_of_a_fork_is_known_as_one() -> None:
    payload = webhooks.pull_request("octo/models", 7, A, B, fork="stranger/models")
    assert parse_event(payload, "pull_request").fork
    payload["pull_request"]["head"]["repo"] = None
    assert parse_event(payload, "pull_request").fork, "a fork that is deleted has no repository"


def test_a_merge_group_is_judged_as_it_would_be_merged() -> None:
    event = parse_event(webhooks.merge_group("octo/models", A, B), "merge_group")
    assert (event.base, event.head, event.number) == (A, B, None)


def test_a_push_is_judged_from_where_the_branch_was() -> None:
    event = parse_event(webhooks.push("octo/models", A, B), "push")
    assert (event.base, event.head, event.head_ref) == (A, B, "refs/heads/main")


@pytest.mark.parametrize(("before", "after", "said"), [(A, ZERO, "deleted"), (ZERO, A, "created")])
def test_a_push_without_two_commits_is_refused(before: str, after: str, said: str) -> None:
    with pytest.raises(EventError, match=said):
        parse_event(webhooks.push("octo/models", before, after), "push")


@pytest.mark.parametrize("name", ["pull_request_target", "workflow_dispatch", "", "issue_comment"])
def test_an_event_that_names_no_commits_to_judge_is_refused(name: str) -> None:
    with pytest.raises(EventError, match="names no commits"):
        parse_event({}, name)


def test_every_example_of_a_pull_request_is_read() -> None:
    for payload in webhooks.examples("pull_request"):
        event = parse_event(payload, "pull_request")
        assert event.head == payload["pull_request"]["head"]["sha"]
        assert event.number == payload["number"]


@pytest.mark.parametrize("sha", ["--upload-pack=x", "main", "a" * 39, "A" * 40, None, 7])
def test_a_head_that_is_no_commit_id_never_reaches_git(sha: object) -> None:
    payload = webhooks.pull_request("octo/models", 7, A, B)
    payload["pull_request"]["head"]["sha"] = sha
    with pytest.raises(EventError, match=r"pull_request\.head\.sha"):
        parse_event(payload, "pull_request")


@pytest.mark.parametrize("name", ["a/b/c", "../x", "octo/mo dels", "octo", ""])
def test_a_repository_that_is_no_name_is_refused(name: str) -> None:
    payload = webhooks.pull_request("octo/models", 7, A, B)
    payload["repository"]["full_name"] = name
    with pytest.raises(EventError, match=r"repository\.full_name"):
        parse_event(payload, "pull_request")


def test_what_is_missing_is_named() -> None:
    payload = webhooks.pull_request("octo/models", 7, A, B)
    del payload["pull_request"]["base"]["sha"]
    with pytest.raises(EventError, match=r"no pull_request\.base\.sha"):
        parse_event(payload, "pull_request")


@pytest.mark.parametrize("text", [b"", b"{", b"[" * 100_000, b"\xff"])
def test_a_file_that_is_no_payload(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "event.json"
    file.write_bytes(text)
    with pytest.raises(EventError, match="not JSON"):
        read_event(file, "push")


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(EventError, match="cannot be read"):
        read_event(tmp_path / "none.json", "push")


def test_a_payload_that_is_a_list(tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    file.write_text(json.dumps([1]))
    with pytest.raises(EventError, match="no pull_request"):
        read_event(file, "pull_request")
