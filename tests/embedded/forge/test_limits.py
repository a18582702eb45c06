from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from github.PullRequest import PullRequest

from sluicegate.embedded.forge.api_error import ApiError
from sluicegate.embedded.forge.limits import Limits, Quota

Ask = Callable[..., tuple[int, dict[str, str], Any]]
ACCOUNT = 7


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def quota(clock: Clock) -> Quota:
    return Quota(clock)


def test_requests_are_counted_until_the_window_ends(quota: Quota, clock: Clock) -> None:
    quota.set(Limits(requests=2))
    quota.take(ACCOUNT, "GET")
    quota.take(ACCOUNT, "POST")
    assert quota.headers(ACCOUNT)["X-RateLimit-Remaining"] == "0"
    with pytest.raises(ApiError, match="API rate limit exceeded") as caught:
        quota.take(ACCOUNT, "GET")
    assert (caught.value.status, caught.value.headers) == (403, {})
    quota.take(8, "GET")  # another's
    clock.now += 3600
    quota.take(ACCOUNT, "GET")
    assert quota.headers(ACCOUNT)["X-RateLimit-Used"] == "1"


@pytest.mark.parametrize(
    ("limits", "allowed"), [(Limits(points=11), ["POST", "PUT"]), (Limits(writes=2), ["POST", "PUT"])]
)
def test_a_minute_has_so_many_points_and_writes(
    quota: Quota, clock: Clock, limits: Limits, allowed: list[str]
) -> None:
    quota.set(limits)
    for method in allowed:
        quota.take(ACCOUNT, method)
        clock.now += 10
    with pytest.raises(ApiError, match="secondary rate limit") as caught:
        quota.take(ACCOUNT, "PATCH")
    assert caught.value.headers == {"Retry-After": "40"}
    quota.take(ACCOUNT, "GET")  # a read costs one point, and is no write
    clock.now += 40
    quota.take(ACCOUNT, "PATCH")


@pytest.fixture
def limited(ask: Ask) -> Iterator[Callable[[str], None]]:
    """`limited(json)`: those limits, until the test ends."""
    yield lambda text: ask("PUT", "/api/v3/-/limits", body=text.encode())
    ask("PUT", "/api/v3/-/limits", body=b"")


def test_an_answer_that_is_known_costs_nothing(
    ask: Ask, limited: Callable[[str], None], pull: PullRequest
) -> None:
    path = pull.url.partition("/api/v3")[2]
    limited('{"requests": 3}')
    status, headers, _ = ask("GET", f"/api/v3{path}", login="rita")
    assert (status, headers["x-ratelimit-remaining"]) == (200, "2")
    for _ in range(4):
        status, again, _ = ask(
            "GET", f"/api/v3{path}", login="rita", headers={"If-None-Match": headers["etag"]}
        )
        assert (status, again["x-ratelimit-remaining"]) == (304, "2")
    assert [ask("GET", f"/api/v3{path}", login="rita")[0] for _ in range(3)] == [200, 200, 403]
    assert ask("GET", "/api/v3/rate_limit", login="rita")[2]["rate"]["remaining"] == 0


def test_administrators_alone_set_them(ask: Ask) -> None:
    for name in ("limits", "faults"):
        assert ask("PUT", f"/api/v3/-/{name}", login="gate[bot]", body=b"{}")[0] == 403
