"""Faults on purpose: a share of the API's requests fails as GitHub's requests fail, where a test asks for it.

`PUT /api/v3/-/faults` (an administrator's) sets them for every request that comes after it but those below
`/-/`. The draws are seeded, one a request, in the order in which requests arrive.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import threading
from collections import Counter
from dataclasses import dataclass
from typing import Literal, get_args

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sluicegate.embedded.forge.auth import Accounts, BadCredentials
from sluicegate.embedded.forge.wire import API, COMMON_HEADERS, OWN

Fault = Literal[
    "secondary",
    "rate",
    "too_many",
    "bad_gateway",
    "unavailable",
    "applied",
    "applied_broken",
    "broken",
    "hang",
]
FAULTS: tuple[Fault, ...] = get_args(Fault)
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
PRIMARY = "API rate limit exceeded for user ID {id}."
_ANSWERS: dict[Fault, tuple[int, dict[str, str], str]] = {
    "secondary": (403, {"Retry-After": "1"}, SECONDARY),
    "rate": (403, {"X-RateLimit-Remaining": "0"}, PRIMARY.format(id=1)),
    "too_many": (429, {}, SECONDARY),
    "bad_gateway": (502, {}, "Server Error"),
    "unavailable": (503, {}, "Service unavailable"),
    "applied": (502, {}, "Server Error"),
}
_CUT = {"Content-Type": "application/json; charset=utf-8", "Content-Length": "1000"}


@dataclass(frozen=True)
class FaultPlan:
    """Which faults, for what share of the requests (0 to 1); `hang` ends after `seconds` without an answer.

    `applied` is a 502, `applied_broken` a broken connection, after the request was carried out. With `logins`
    only these accounts' requests fail, with `path` only those whose path has that in it.
    """

    share: float = 0.0
    kinds: tuple[Fault, ...] = ()
    seed: int = 0
    seconds: float = 5.0
    logins: tuple[str, ...] = ()
    path: str = ""


class Faults:
    """The plan in force, and how often each fault came."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.set(FaultPlan())

    def set(self, plan: FaultPlan) -> None:
        """From now on, these; the draws and the counts begin again."""
        with self._lock:
            self.plan = plan
            self.counts: Counter[str] = Counter()
            self._draws = random.Random(plan.seed)  # noqa: S311 - a test's dice

    def draw(self, login: str | None = None, path: str = "") -> Fault | None:
        """The fault of this account's next request, or None."""
        with self._lock:
            if self.plan.path not in path or (self.plan.logins and login not in self.plan.logins):
                return None
            self.counts["requests"] += 1
            if not self.plan.kinds or self._draws.random() >= self.plan.share:
                return None
            kind = self._draws.choice(self.plan.kinds)
            self.counts[kind] += 1
            return kind


class FaultyApi:
    """The application, some of whose API requests fail by the plan."""

    def __init__(self, app: ASGIApp, faults: Faults, accounts: Accounts) -> None:
        self._app = app
        self._faults = faults
        self._accounts = accounts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or let it fail; before it is carried out, or after."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(f"{API}/") or OWN in path:
            await self._app(scope, receive, send)
            return
        fault = self._faults.draw(self._login(scope), path)
        if fault is None:
            await self._app(scope, receive, send)
            return
        if fault in ("applied", "applied_broken"):
            await self._app(scope, receive, _nowhere)
        if fault == "hang":
            await _wait_for_the_end(receive, self._faults.plan.seconds)
        if fault in _ANSWERS:
            await _answer(send, *_ANSWERS[fault])
        else:
            await _break(send)

    def _login(self, scope: Scope) -> str | None:
        header = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        try:
            account = self._accounts.from_header(header)
        except BadCredentials:
            return None
        return account.login if account else None


async def _nowhere(_: Message) -> None:
    """What the application answers, and nobody gets."""


async def _wait_for_the_end(receive: Receive, seconds: float) -> None:
    """Until the client gives up, at most so long."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(gone(), seconds)


async def _answer(send: Send, status: int, headers: dict[str, str], message: str) -> None:
    body = {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)}
    content = json.dumps(body).encode()
    given = {**COMMON_HEADERS, **headers, "Content-Type": "application/json; charset=utf-8"}
    given["Content-Length"] = str(len(content))
    await send({"type": "http.response.start", "status": status, "headers": _raw(given)})
    await send({"type": "http.response.body", "body": content})


async def _break(send: Send) -> None:
    """Less than was promised: the server closes the connection in the middle of the answer."""
    await send({"type": "http.response.start", "status": 200, "headers": _raw(_CUT)})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
