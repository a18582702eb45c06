"""A gateway over HTTP with windows that grow only when the harness says so, which sees each request."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from support.clock import START
from support.http_stub import Answer, Request, StubServer

from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.specs import layout
from sluicegate.specs.release import Release
from sluicegate.specs.release_file import read
from sluicegate.specs.yamlio import parse

ARRIVING = 3000
"""Requests of a model in a window, split exactly by its weight; none of them fails."""
WINDOW = 10
"""Seconds."""


class Gateway:
    """One gateway for all environments, at `url`/ENVIRONMENT; every committed weight is in effect at once."""

    def __init__(self, bare: Path, environments: tuple[str, ...], models: tuple[str, ...]) -> None:
        self.releases = [(environment, model) for environment in environments for model in models]
        self.on_request: Callable[[int], None]
        """Called with the number of the request since the last `reset`, before it is answered."""
        self.after_answer: Callable[[int], None]
        self._repository = Repository.in_place(bare)
        self._now = START
        self._lock = threading.Lock()
        self.reset()
        self._server = StubServer(self._respond)
        self.url = self._server.url

    def close(self) -> None:
        self._server.close()
        self._repository.close()

    def release(self, environment: str, model: str) -> Release:
        """The state of a release on main now."""
        tip = self._repository.tip_now("main") or ""
        path = layout.release_path(environment, model)
        name = path.rpartition("/")
        oid = self._repository.listing(tip, name[0]).get(name[2])
        if oid is None:
            return Release(model, environment)
        return read(parse(self._repository.blob(oid), path))

    def arrive(self, now: datetime) -> None:
        """It is later: requests arrived until now."""
        self._now = now

    def reset(self) -> None:
        """Count requests from 1 again, and tell nobody of them."""
        self._number = 0
        self.on_request = lambda number: None
        self.after_answer = lambda number: None

    def _respond(self, request: Request) -> bytes | Answer:
        with self._lock:
            self._number += 1
            number = self._number
            self.on_request(number)
            place, *kind, model = request.path.strip("/").split("/")
            answer = self._windows(self.release(place, model)) if kind == ["windows"] else Answer(404)
        threading.Timer(0.001, self.after_answer, (number,)).start()
        return answer

    def _windows(self, release: Release) -> bytes:
        """All counters of a model at the ends of windows since its weight was committed (see `matrix`)."""
        since = release.since or self._now
        ends = range(int(since.timestamp()), int(self._now.timestamp()) + 1, WINDOW)
        lines = [_line("process_start_time_seconds", {}, dict.fromkeys(ends, 1))]
        for track, weight in (("canary", release.weight), ("stable", 100 - release.weight)):
            labels = {"model": release.model, "track": track}
            counts = {end: ARRIVING * weight // 100 * number for number, end in enumerate(ends)}
            lines.append(_line("sluice_gateway_weight", labels, dict.fromkeys(ends, weight)))
            lines.append(_line("sluice_gateway_requests_total", {**labels, "code": "200"}, counts))
        if release.canary is not None:
            labels = {"model": release.model, "track": "canary", "digest": release.canary.digest}
            lines.append(_line("sluice_gateway_track_ready", labels, dict.fromkeys(ends, 1)))
        data = {"resultType": "matrix", "result": lines}
        return json.dumps({"status": "success", "data": data}).encode()


def _line(name: str, labels: dict[str, str], values: dict[int, int]) -> dict[str, Any]:
    """One series."""
    metric = {"__name__": name, "job": "gateway", **labels}
    return {"metric": metric, "values": [[moment, str(value)] for moment, value in values.items()]}
