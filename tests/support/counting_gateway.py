"""A gateway that counts in a simulated time of its own, with windows or plain counters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sluicegate.gate.adapters.points import Points, render
from sluicegate.gate.adapters.samples import READY, WEIGHT
from sluicegate.gate.adapters.samples import START as STARTED
from sluicegate.gate.metrics.base import REQUESTS
from sluicegate.specs.release import Release
from support.clock import START
from support.http_stub import Request


class CountingGateway:
    """A gateway whose clock is right, with windows of its own: a weight is in effect as soon as committed."""

    def __init__(self, release: Callable[[], Release]) -> None:
        self.now = START
        self.failure_rate = 0.0
        self._release = release
        self._requests = {("canary", "200"): 0, ("canary", "500"): 0, ("stable", "200"): 0}
        self._moments: dict[float, dict[tuple[str, str], int]] = {}
        self._weight: int | None = None

    def pass_ten_seconds(self) -> None:
        """4,000 requests, split by the weight that is in effect."""
        release = self._release()
        if release.weight != self._weight:
            self._weight, self._moments = release.weight, {}
            self._keep()
        self.now += timedelta(seconds=10)
        canary = 40 * release.weight
        failed = round(canary * self.failure_rate)
        for series, more in zip(self._requests, (canary - failed, failed, 4000 - canary), strict=True):
            self._requests[series] += more
        self._keep()

    def _keep(self) -> None:
        self._moments[self.now.timestamp()] = dict(self._requests)

    def windows(self, _: Request) -> bytes:
        """All moments since the weight changed, as /windows/MODEL has them."""
        canary = self._release().canary
        own = {"model": "m", "job": "gateway"}
        digest = "" if canary is None else canary.digest
        weight = dict.fromkeys(self._moments, float(self._weight or 0))
        return render(
            [
                Points(WEIGHT, {**own, "track": "canary"}, weight),
                Points(READY, {**own, "track": "canary", "digest": digest}, dict.fromkeys(weight, 1.0)),
                *(
                    Points(
                        REQUESTS,
                        {**own, "track": track, "code": code},
                        {at: float(seen[track, code]) for at, seen in self._moments.items()},
                    )
                    for track, code in self._requests
                ),
            ]
        )

    def metrics(self, _: Request) -> bytes:
        """The present alone, as /metrics of a plain gateway has it."""
        release = self._release()
        digest = "" if release.canary is None else release.canary.digest
        lines = [
            f'{WEIGHT}{{model="m",track="canary"}} {release.weight}',
            f'{READY}{{model="m",track="canary",digest="{digest}"}} 1',
            f"{STARTED} {(START - timedelta(days=1)).timestamp()}",
            *(
                f'{REQUESTS}{{model="m",track="{track}",code="{code}"}} {count}'
                for (track, code), count in self._requests.items()
            ),
        ]
        return ("\n".join(lines) + "\n").encode()
