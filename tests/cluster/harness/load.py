"""Load: real rows sent through the gateway under a Host header, at a rate, each request kept with its answer.

It runs in a thread of the test, on connections that are kept alive; nothing is sent twice, so a failure
that a retry would hide is counted.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sluicegate.embedded.runtime.http1 import BrokenConnection, Connection
from sluicegate.embedded.runtime.load import request_bodies

REQUEST_SECONDS = 10.0
CONNECTIONS = 8
_VERSION = re.compile(rb'"model_version"\s*:\s*"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Answer:
    """One request: when it was sent (seconds since the epoch), how long it took, status, the version.

    `status` is 0 where no whole answer came; `version` is empty where the answer names none.
    """

    sent: float
    seconds: float
    status: int
    version: str


@dataclass
class Load:
    """A running load; `answers` grows while it runs and is complete after it."""

    address: str
    host: str
    path: str
    bodies: Sequence[bytes]
    rate: float
    connections: int = CONNECTIONS
    answers: list[Answer] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Send until `stop`; the thread's whole work."""
        asyncio.run(self._all())

    def stop(self) -> None:
        """Send no more; what is under way is still answered and kept."""
        self._stopping.set()

    def statuses(self, since: float = 0.0, until: float = float("inf")) -> Counter[int]:
        """Requests by status, of those sent in a stretch of time (seconds since the epoch)."""
        return Counter(each.status for each in self.answers if since <= each.sent < until)

    def versions(self, since: float = 0.0, until: float = float("inf")) -> Counter[str]:
        """Requests by the version that answered."""
        return Counter(each.version for each in self.answers if since <= each.sent < until)

    async def _all(self) -> None:
        began = time.monotonic()
        numbers = iter(range(10**9))
        await asyncio.gather(*(self._work(began, numbers) for _ in range(self.connections)))

    async def _work(self, began: float, numbers: Iterator[int]) -> None:
        parts = urlsplit(self.address)
        loop = asyncio.get_running_loop()
        connection: Connection | None = None
        try:
            for number in numbers:
                while (wait := began + number / self.rate - time.monotonic()) > 0:
                    if self._stopping.is_set():
                        return
                    await asyncio.sleep(min(wait, 0.1))
                if self._stopping.is_set():
                    return
                if connection is None or not connection.reusable:
                    try:
                        made = loop.create_connection(Connection, parts.hostname, parts.port)
                        _, connection = await made
                    except OSError:
                        connection = None
                await self._one(connection, self.bodies[number % len(self.bodies)])
        finally:
            if connection is not None:
                connection.close()

    async def _one(self, connection: Connection | None, body: bytes) -> None:
        sent, began = time.time(), time.monotonic()
        status, version = 0, ""
        if connection is not None:
            try:
                async with asyncio.timeout(REQUEST_SECONDS):
                    response = await connection.exchange(post(self.path, self.host, body))
                found = _VERSION.search(response.body)
                status, version = response.status, found.group(1).decode() if found else ""
            except (TimeoutError, BrokenConnection):
                pass
        self.answers.append(Answer(sent, time.monotonic() - began, status, version))


def post(path: str, host: str, body: bytes) -> bytes:
    """The bytes of a POST request with a JSON body and a Host of its own."""
    head = f"POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n"
    return b"%scontent-length: %d\r\n\r\n%s" % (head.encode(), len(body), body)


@contextmanager
def running(load: Load) -> Iterator[Load]:
    """The load in a thread of its own, as long as the context lasts."""
    thread = threading.Thread(target=load.run, name=f"load {load.host}", daemon=True)
    thread.start()
    try:
        yield load
    finally:
        load.stop()
        thread.join(REQUEST_SECONDS + 5)


def bodies(model_file: Path, rows: Path, limit: int = 2000) -> list[bytes]:
    """Request bodies of one row each for the model that `model_file` (model.yaml) describes.

    Raises `RowsUnusable` for rows that do not fit it.
    """
    import yaml

    tensor = yaml.safe_load(model_file.read_text())["spec"]["signature"]["inputs"][0]
    shape = [1, *tensor["shape"][1:]]
    return request_bodies(rows, tensor["columns"], tensor["name"], shape, limit)


def one(load: Load) -> Answer:
    """Send one request now, and return its answer."""
    single = Load(load.address, load.host, load.path, load.bodies[:1], 1.0, connections=1)

    async def send() -> None:
        parts = urlsplit(load.address)
        connection: Connection | None = None
        try:
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(Connection, parts.hostname, parts.port)
        except OSError:
            connection = None
        await single._one(connection, load.bodies[0])
        if connection is not None:
            connection.close()

    asyncio.run(send())
    return single.answers[0]
