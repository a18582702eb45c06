from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from github.PullRequest import PullRequest

from sluicegate.embedded.forge.faults import FAULTS, FaultPlan, Faults

Ask = Callable[..., tuple[int, dict[str, str], Any]]


@pytest.fixture
def failing(ask: Ask) -> Iterator[Callable[..., None]]:
    """`failing("broken", ...)`: every request fails so, until the test ends."""

    def set_(*kinds: str, **more: object) -> None:
        body = json.dumps({"share": 1, "kinds": kinds, **more}).encode()
        assert ask("PUT", "/api/v3/-/faults", body=body)[0] == 200

    yield set_
    ask("PUT", "/api/v3/-/faults", body=b"")


@pytest.mark.parametrize(
    ("kind", "status", "headers", "words"),
    [
        ("secondary", 403, {"retry-after": "1"}, "secondary rate limit"),
        ("rate", 403, {"x-ratelimit-remaining": "0"}, "API rate limit exceeded"),
        ("too_many", 429, {}, "rate limit"),
        ("bad_gateway", 502, {}, "Server Error"),
        ("unavailable", 503, {}, "unavailable"),
    ],
)
def test_a_fault_is_worded_as_github_words_it(
    ask: Ask, failing: Callable[..., None], kind: str, status: int, headers: dict[str, str], words: str
) -> None:
    failing(kind)
    answered, given, data = ask("GET", "/api/v3/user")
    assert (answered, given | headers, words in data["message"]) == (status, given, True)


def test_what_was_carried_out_stays_so(ask: Ask, failing: Callable[..., None], pull: PullRequest) -> None:
    comments = pull.issue_url.partition("/api/v3")[2] + "/comments"
    failing("applied")
    assert ask("POST", f"/api/v3{comments}", body=b'{"body": "first"}')[0] == 502
    failing("applied_broken")
    with pytest.raises(http.client.HTTPException):
        ask("POST", f"/api/v3{comments}", body=b'{"body": "second"}')
    failing("broken", "bad_gateway")
    for _ in range(4):
        try:
            ask("POST", f"/api/v3{comments}", body=b'{"body": "never"}')
        except http.client.HTTPException:
            continue
    failing()
    assert [one.body for one in pull.get_issue_comments()] == ["first", "second"]


def test_a_hang_ends_without_an_answer(ask: Ask, failing: Callable[..., None]) -> None:
    failing("hang", seconds=0.2)
    with pytest.raises(http.client.HTTPException):
        ask("GET", "/api/v3/user")


def test_a_seed_gives_the_same_faults_again() -> None:
    faults = Faults()
    plan = FaultPlan(0.3, FAULTS, seed=3)

    def drawn() -> list[str | None]:
        faults.set(plan)
        return [faults.draw() for _ in range(1000)]

    first = drawn()
    assert drawn() == first
    assert 250 < sum(one is not None for one in first) < 350
    assert set(first) == {None, *FAULTS}
