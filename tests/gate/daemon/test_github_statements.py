"""Whose word on a commit counts, and which of several: GitHub's answers as data, over real HTTP."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from support.http_stub import Answer, Request, StubServer

from sluicegate.gate.adapters.github_api import GitHubRepository, Unanswered
from sluicegate.gate.daemon.github_statements import Statement, Trusted, newest
from sluicegate.specs.require import STATUS

COMMIT = "c" * 40
BOTH = Trusted({"sluice": 8}, (4711,))


def status(said: str, at: str, creator: int = 8) -> dict[str, Any]:
    return {
        "context": STATUS, "state": "success", "description": said, "created_at": at,
        "creator": {"id": creator, "login": "sluice"},
    }  # fmt: skip


def run(
    said: str, at: str | None, number: int = 1, app: int | None = 4711, name: str = STATUS
) -> dict[str, Any]:
    return {
        "id": number, "name": name, "status": "completed" if at else "in_progress", "completed_at": at,
        "conclusion": "success" if at else None, "output": {"title": said},
        "app": app and {"id": app, "slug": "gate"},
    }  # fmt: skip


def said(
    trusted: Trusted, statuses: list[dict[str, Any]] | None = None, runs: list[dict[str, Any]] | None = None
) -> Statement | None:
    def answer(request: Request) -> Answer:
        page = int(parse_qs(urlsplit(request.target).query).get("page", ["1"])[0])
        found: Any = (statuses or [])[100 * (page - 1) : 100 * page]
        if request.path.endswith("/check-runs"):
            found = {"total_count": len(runs or []), "check_runs": runs or []}
        return Answer(body=json.dumps(found).encode())

    with StubServer(answer) as github:
        return newest(GitHubRepository("o/r", github.url).lookup(), COMMIT, trusted)


def test_of_a_status_and_a_check_run_the_later_one_counts() -> None:
    early, late = "2026-11-26T10:00:00Z", "2026-11-26T11:00:00Z"
    assert said(BOTH, [status("pass: a", early)], [run("pass: b", late)]) == Statement(
        "pass: b", "the App gate (4711)", True, late
    )
    assert said(BOTH, [status("pass: a", late)], [run("pass: b", early)]) == Statement(
        "pass: a", "sluice (8)", True, late
    )


def test_a_status_is_found_behind_those_of_others() -> None:
    """Newest first, a hundred on a page: rollouts and other programs write many on one commit."""
    moment = "2026-11-26T10:00:00Z"
    others = [status("pending", moment, creator=9)] * 250
    found = said(BOTH, [*others, status("pass: a", moment)])
    assert found is not None and found.said == "pass: a"


def test_a_repository_of_another_name_is_followed_on_its_host_alone() -> None:
    moment = "2026-11-26T10:00:00Z"

    def answer(request: Request) -> Answer:
        if request.path.startswith("/repos/"):
            return Answer(
                301, b'{"message": "Moved Permanently"}', {"Location": f"{there}{request.target[10:]}"}
            )
        return Answer(body=json.dumps([status("pass: a", moment)]).encode())

    with StubServer(answer) as elsewhere, StubServer(answer) as github:
        lookup = GitHubRepository("o/r", github.url).lookup()
        there = f"{github.url}/repositories/1"
        found = newest(lookup, COMMIT, Trusted({"sluice": 8}))
        assert found is not None and found.said == "pass: a"
        there = f"{elsewhere.url}/repositories/1"
        with pytest.raises(Unanswered, match="leads to another host"):
            newest(lookup, COMMIT, Trusted({"sluice": 8}))
        assert elsewhere.requests == []


def test_a_check_run_that_is_still_at_it_comes_last() -> None:
    found = said(BOTH, [status("pass: a", "2026-11-26T10:00:00Z")], [run("pass: b", None)])
    assert found is not None and not found.is_good


def test_of_one_app_the_newest_run_counts() -> None:
    runs = [run("pass: b", "2026-11-26T11:00:00Z", 1), run("fail: c", "2026-11-26T10:00:00Z", 2)]
    found = said(BOTH, [], runs)
    assert found is not None and found.said == "fail: c"


def test_others_say_nothing() -> None:
    """GitHub is asked for one App's runs of one name; an answer with others is not believed."""
    at = "2026-11-26T10:00:00Z"
    strange = [run("pass: b", at, app=15368), run("pass: b", at, app=None), run("pass: b", at, name="other")]
    assert said(BOTH, [status("pass: a", at, creator=7)], strange) is None
    assert said(Trusted(apps=(4711,)), [status("pass: a", at)]) is None
    assert said(Trusted({"sluice": 8}), [], [run("pass: b", at)]) is None


def test_who_is_trusted_is_named() -> None:
    assert str(BOTH) == "sluice (8) or the App 4711"
