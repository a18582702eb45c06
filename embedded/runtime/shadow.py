"""Copies of requests that stable answered, to a canary whose answers go to nobody.

A copy is sent once the user's answer has been written. It delays no answer and fails none; where as many
copies as may be are under way, the next one is dropped, and counted as that.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from sluicegate.embedded.runtime.http1 import BrokenConnection, Response, post
from sluicegate.embedded.runtime.route import Backend
from sluicegate.onnx_server.shadow import HEADER
from sluicegate.onnx_server.shadow.counts import PairCounts
from sluicegate.onnx_server.shadow.difference import Difference, Unreadable, difference, read_outputs

AT_ONCE = 32
"""Copies of one model's requests that are under way, at most."""
LARGE = 1 << 16
"""Bytes of a pair of answers from which on it is compared in a thread: about a millisecond's worth."""
Exchange = Callable[[Backend, bytes], Awaitable[Response]]


class Shadow:
    """The copies of one model's requests to one artifact."""

    def __init__(self, model: str, canary: Backend, percent: int, seed: int) -> None:
        self.percent = percent
        self.canary = canary
        self.counts = PairCounts(model, canary.labels["digest"])
        self._path = f"/v2/models/{model}/infer"
        # Of its own: which requests go to which track must not depend on what is copied.
        self._random = random.Random(f"{seed} shadow of {model}")  # noqa: S311
        self._under_way: set[asyncio.Task[None]] = set()
        self._was_ready = False

    def is_of(self, canary: Backend, percent: int) -> bool:
        """Whether these counts go on with such a canary: the same artifact, on whatever port."""
        return (self.canary.labels["digest"], self.percent) == (canary.labels["digest"], percent)

    def copy(self, body: bytes, stable: bytes, exchange: Exchange) -> None:
        """Send a copy of a request, after `stable` has been written as its answer, if chance has it."""
        if self._random.random() * 100 >= self.percent:
            return
        # Until it was ready once it is still starting; from then on what it does not answer is its fault.
        self._was_ready = self._was_ready or self.canary.ready
        if not self._was_ready:
            self.counts.drop("starting")
        elif len(self._under_way) >= AT_ONCE:
            self.counts.drop("busy")
        else:
            comparing = asyncio.create_task(self._compare(body, stable, exchange))
            self._under_way.add(comparing)
            comparing.add_done_callback(self._under_way.discard)

    async def _compare(self, body: bytes, stable: bytes, exchange: Exchange) -> None:
        status: int | None = None
        answer = b""
        try:
            response = await exchange(self.canary, post(self._path, body, {HEADER: "1"}))
            status = response.status
            answer = response.body
        except (BrokenConnection, TimeoutError):
            pass  # it gave no answer, which is what then counts
        try:
            found = await _found(stable, status, answer)
        except Unreadable:
            self.counts.drop("stable")
            return
        self.counts.add(found)


async def _found(stable: bytes, status: int | None, answer: bytes) -> Difference:
    """The difference; where that takes long, beside the loop, in which users' requests wait."""

    def find() -> Difference:
        return difference(read_outputs(stable), status, answer)

    return find() if len(stable) + len(answer) < LARGE else await asyncio.to_thread(find)
