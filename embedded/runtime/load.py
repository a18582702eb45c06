"""Load: real rows sent through the router at a rate, or as fast as it answers, always bounded.

A process of its own: `python -P -m sluicegate.embedded.runtime.load --url ... --rows rows.parquet ...`, or
`--bodies FILE` with whole request bodies, for models of any inputs.
It writes a JSON line of progress to standard output every `--progress-seconds` and a last one with
`"done": true`; it ends after `--requests`, after `--seconds`, on SIGTERM or, with
`--until-input-ends`, when standard input does.
"""

import argparse
import asyncio
import contextlib
import json
import math
import signal
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from sluicegate.embedded.runtime.errors import RowsUnusable
from sluicegate.embedded.runtime.http1 import BrokenConnection, Connection, post
from sluicegate.embedded.runtime.lifeline import parent_ended

_REQUEST_SECONDS = 10.0
_MAX_CONNECTIONS = 256


def request_bodies(rows: Path, columns: list[str], name: str, shape: list[int], limit: int) -> list[bytes]:
    """Request bodies of one row each, from the first `limit` rows: `columns` in order, NaN as null.

    A column may hold lists (an image). `shape` is the shape of one request. Raises RowsUnusable.
    """
    import numpy as np
    import pandas as pd

    try:
        frame = pd.read_parquet(rows, columns=columns).head(limit)
    except (OSError, ValueError, KeyError) as error:
        raise RowsUnusable(f"cannot read {rows}: {error}", "check the file and its columns") from error
    if frame.empty:
        raise RowsUnusable(f"{rows} holds no rows", "give a file that does")
    bodies = []
    for row in frame.itertuples(index=False):
        try:
            values = np.concatenate([np.ravel(np.asarray(value, np.float64)) for value in row]).tolist()
        except ValueError as error:
            raise RowsUnusable(f"{rows} holds what is not a number: {error}", "choose --columns") from error
        if len(values) != math.prod(shape):
            message = f"a row of {rows} has {len(values)} values, the shape is {shape}"
            raise RowsUnusable(message, "correct one of them")
        data = [None if math.isnan(value) else value for value in values]
        tensor = {"name": name, "datatype": "FP32", "shape": shape, "data": data}
        bodies.append(json.dumps({"inputs": [tensor]}, separators=(",", ":"), allow_nan=False).encode())
    return bodies


@dataclass(frozen=True)
class Session:
    """Users, one after the other: each sends so many requests, and says in a header who it is."""

    header: str
    requests: int

    def user(self, number: int) -> str:
        """Who sends the request of this number."""
        return f"user-{number // self.requests}"


class Load:
    """Workers on a bounded number of connections, and the counts of what came back."""

    def __init__(
        self, url: str, bodies: list[bytes], requests: int, rate: float, session: Session | None = None
    ) -> None:
        """`rate` is in requests a second over all connections; 0 is as fast as they are answered."""
        parts = urlsplit(url)
        self._port = parts.port or 80
        self._path = parts.path
        self._bodies = bodies
        self._requests = [post(parts.path, body) for body in bodies]
        self._session = session
        self._left = requests
        self._rate = rate
        self._sent = 0
        self._started = monotonic()
        self.answers: Counter[tuple[str, str]] = Counter()

    async def work(self) -> None:
        """Send requests over one connection, which is opened again if it breaks."""
        connection: Connection | None = None
        try:
            while self._left > 0:
                number = self._sent
                self._sent += 1
                self._left -= 1
                if self._rate:
                    await asyncio.sleep(self._started + number / self._rate - monotonic())
                if connection is None or not connection.reusable:
                    connection = None
                    with contextlib.suppress(BrokenConnection):
                        connection = await Connection.open(self._port)
                self.answers[await self._one(connection, self._request(number))] += 1
        finally:
            if connection is not None:
                connection.close()

    def _request(self, number: int) -> bytes:
        row = number % len(self._bodies)
        if self._session is None:
            return self._requests[row]
        return post(self._path, self._bodies[row], {self._session.header: self._session.user(number)})

    async def _one(self, connection: Connection | None, request: bytes) -> tuple[str, str]:
        if connection is None:
            await asyncio.sleep(0.01)  # nothing listens: do not spin
            return "", "broken"
        try:
            async with asyncio.timeout(_REQUEST_SECONDS):
                response = await connection.exchange(request)
        except TimeoutError:
            return "", "timeout"
        except BrokenConnection:
            return "", "broken"
        return response.headers.get(b"x-sluice-track", b"").decode(), str(response.status)

    def progress(self, done: bool) -> dict[str, Any]:
        """The counts so far: by status, and by track and status."""
        seconds = monotonic() - self._started
        by_status: Counter[str] = Counter()
        by_track: dict[str, dict[str, int]] = {}
        for (track, status), count in self.answers.items():
            by_status[status] += count
            by_track.setdefault(track or "none", {})[status] = count
        return {
            "done": done,
            "requests": by_status.total(),
            "by_status": dict(by_status),
            "by_track": by_track,
            "seconds": round(seconds, 3),
            "per_second": round(by_status.total() / seconds, 1) if seconds else 0.0,
        }

    def report(self, done: bool = False) -> None:
        """Write one line of progress."""
        print(json.dumps(self.progress(done)), flush=True)

    def stop(self) -> None:
        """Send no more; requests in flight are still answered and counted."""
        self._left = 0


async def _watch_input(load: Load) -> None:
    await parent_ended()
    load.stop()


async def _run(options: argparse.Namespace, bodies: list[bytes]) -> None:
    session = Session(options.user_header, options.user_requests) if options.user_header else None
    load = Load(options.url, bodies, options.requests, options.rate, session)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, load.stop)
    loop.call_later(options.seconds, load.stop)
    watching = asyncio.create_task(_watch_input(load)) if options.until_input_ends else None
    working = asyncio.gather(*(load.work() for _ in range(options.connections)))
    while not working.done():
        await asyncio.wait({working}, timeout=options.progress_seconds)
        if not working.done():
            load.report()
    await working
    if watching is not None:
        watching.cancel()
    load.report(done=True)


def _bodies(options: argparse.Namespace) -> list[bytes]:
    """What is sent, in turn. Raises RowsUnusable."""
    if options.bodies is None:
        columns = options.columns.split(",")
        shape = [int(size) for size in options.shape.split(",")] if options.shape else [1, len(columns)]
        return request_bodies(options.rows, columns, options.input, shape, options.max_rows)
    try:
        bodies: list[bytes] = options.bodies.read_bytes().splitlines()
    except OSError as error:
        raise RowsUnusable(f"cannot read {options.bodies}: {error}", "check the file") from error
    if not bodies:
        raise RowsUnusable(f"{options.bodies} holds no requests", "give a file that does")
    return bodies[: options.max_rows]


def main() -> int:
    """Run the load; 1 and a named message if the rows cannot be used."""
    parser = argparse.ArgumentParser(prog="sluicegate.embedded.runtime.load")
    parser.add_argument("--url", required=True, help="the router's infer address of one model")
    parser.add_argument("--bodies", type=Path, help="a file with a request body a line, in place of --rows")
    parser.add_argument("--rows", type=Path, help="a parquet file")
    parser.add_argument("--columns", help="the input's columns in order, by comma")
    parser.add_argument("--input", default="features", help="the input's name")
    parser.add_argument("--shape", help="shape of one request, by comma; default: 1 and the columns")
    parser.add_argument("--max-rows", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--rate", type=float, default=0.0, help="requests a second; 0: as fast as answered")
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--user-header", metavar="NAME", help="send the user's name in this header")
    parser.add_argument("--user-requests", type=int, default=20, help="that each user sends")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--progress-seconds", type=float, default=1.0)
    parser.add_argument("--until-input-ends", action="store_true", help="stop when standard input ends")
    options = parser.parse_args()
    if (options.bodies is None) == (options.rows is None or options.columns is None):
        parser.error("give --bodies, or --rows and --columns")
    if not 0 < options.connections <= _MAX_CONNECTIONS:
        parser.error(f"--connections must be from 1 to {_MAX_CONNECTIONS}")
    if options.user_requests < 1:
        parser.error("--user-requests must be 1 or more")
    try:
        bodies = _bodies(options)
    except RowsUnusable as error:
        print(f"load: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    import uvloop

    uvloop.run(_run(options, bodies))
    return 0


if __name__ == "__main__":
    sys.exit(main())
