"""What is in effect for one model: the server behind each track, and each track's share."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sluicegate.embedded.runtime.http1 import BrokenConnection, Pool, Response, get
from sluicegate.embedded.runtime.users import Users
from sluicegate.specs.metrics_text import family, line

_PROBE_SECONDS = 0.25


class Backend:
    """One server behind a track: its port, whether it answers, how many requests it has not answered yet."""

    def __init__(self, model: str, track: str, config: dict[str, Any]) -> None:
        self.id: str = config["id"]
        self.port: int | None = config["port"]
        self.labels = {
            "model": model,
            "track": track,
            "version": str(config["version"]),
            "digest": config["digest"],
        }
        self.pool = Pool(self.port) if self.port is not None else None
        self.in_flight = 0
        self.ready = False

    async def exchange(self, request: bytes, seconds: float) -> Response:
        """One exchange within `seconds`. Raises BrokenConnection, TimeoutError."""
        if self.pool is None:
            raise BrokenConnection("the server is down")
        self.in_flight += 1
        try:
            async with asyncio.timeout(seconds):
                return await self.pool.exchange(request)
        finally:
            self.in_flight -= 1

    async def probe(self) -> None:
        """Probe for readiness until cancelled."""
        question = get(f"/v2/models/{self.labels['model']}/ready")
        while True:
            try:
                self.ready = (await self.exchange(question, 1.0)).status == 200
            except (BrokenConnection, TimeoutError):
                self.ready = False
            await asyncio.sleep(_PROBE_SECONDS)


@dataclass(frozen=True)
class Route:
    """What is in effect for one model: a backend and a weight (percent) a track."""

    backends: dict[str, Backend]
    weights: dict[str, float]
    unit: str | None = None
    """The request header by whose value users are assigned and counted; None: each request by itself."""

    def versions(self) -> list[str]:
        """The versions that are served, the one with the most traffic first."""
        return list(dict.fromkeys(self.backends[track].labels["version"] for track in self._by_weight()))

    def track_of(self, version: str | None) -> str | None:
        """The track that serves a version, or without one the track with the most traffic; None for none."""
        tracks = self._by_weight()
        if version is not None:
            tracks = [track for track in tracks if self.backends[track].labels["version"] == version]
        return tracks[0] if tracks else None

    def _by_weight(self) -> list[str]:
        return sorted(self.backends, key=lambda track: -self.weights[track])

    def splits_as(self, other: Route) -> bool:
        """Whether the same artifacts get the same shares, of requests or of users."""
        return self._split() == other._split()

    def _split(self) -> tuple[dict[str, float], dict[str, str], str | None]:
        return self.weights, self._digests(), self.unit

    def users(self, model: str, seed: int) -> Users | None:
        """Nobody seen yet, where users are counted: drawn anew for each canary and weight."""
        if self.unit is None:
            return None
        canary = self._digests().get("canary", "")
        return Users(self.unit, f"{seed} {model} {canary} {self.weights.get('canary', 0)}")

    def _digests(self) -> dict[str, str]:
        return {track: backend.labels["digest"] for track, backend in self.backends.items()}

    def draw(self, share: float) -> str:
        """The track for a uniform draw in [0, 1); "none" if no track has that share."""
        upper = 0.0
        for track in ("canary", "baseline", "stable"):
            upper += self.weights.get(track, 0)
            if share * 100 < upper:
                return track
        return "none"


def route_families(routes: Mapping[str, Route]) -> list[str]:
    """The lines of `sluice_gateway_weight` and `sluice_gateway_track_ready`, by model."""
    weights: list[str] = []
    ready: list[str] = []
    for model, route in routes.items():
        for track in dict.fromkeys(("stable", "canary", *route.weights)):
            labels = {"model": model, "track": track}
            weights.append(line("sluice_gateway_weight", labels, route.weights.get(track, 0)))
        for backend in route.backends.values():
            ready.append(line("sluice_gateway_track_ready", backend.labels, int(backend.ready)))
    return [
        *family("sluice_gateway_weight", "gauge", "Percent of requests, in effect now.", weights),
        *family("sluice_gateway_track_ready", "gauge", "1 if the track's server answered ready.", ready),
    ]
