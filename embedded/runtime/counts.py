"""What a gateway counts, exactly: latency buckets of the answers, by model, track and code.

Hand-written, since counting is on the path of every request and the router has no other use for a registry.
Text format: Prometheus exposition format 0.0.4.
"""

from bisect import bisect_left
from itertools import accumulate

from sluicegate.specs.buckets import LATENCY_SECONDS
from sluicegate.specs.metrics_text import family, line


class TrackCounts:
    """The counts of one model's track; they only ever rise while the router lives."""

    def __init__(self) -> None:
        self.buckets: dict[int, list[int]] = {}
        self.seconds: dict[int, float] = {}
        self._begin(200)

    def _begin(self, code: int) -> list[int]:
        self.seconds[code] = 0.0
        self.buckets[code] = [0] * (len(LATENCY_SECONDS) + 1)
        return self.buckets[code]

    def add(self, code: int, seconds: float) -> None:
        """Count one answer."""
        buckets = self.buckets.get(code) or self._begin(code)
        buckets[bisect_left(LATENCY_SECONDS, seconds)] += 1
        self.seconds[code] += seconds


Counts = dict[tuple[str, str], TrackCounts]
"""By model and track."""


def count_families(counts: Counts, which: str = "") -> list[str]:
    """The lines of `sluice_gateway_requests_total` and `sluice_gateway_request_duration_seconds`.

    `which` is empty for all requests, `first_` for the first ones of users.
    """
    requests: list[str] = []
    durations: list[str] = []
    total = f"sluice_gateway_{which}requests_total"
    duration = f"sluice_gateway_{which}request_duration_seconds"
    edges = [*map(str, LATENCY_SECONDS), "+Inf"]
    for (model, track), count in counts.items():
        for code, buckets in count.buckets.items():
            labels = {"model": model, "track": track, "code": str(code)}
            cumulative = list(accumulate(buckets))
            requests.append(line(total, labels, cumulative[-1]))
            durations += [
                line(f"{duration}_bucket", {**labels, "le": edge}, n)
                for edge, n in zip(edges, cumulative, strict=True)
            ]
            durations.append(line(f"{duration}_count", labels, cumulative[-1]))
            durations.append(line(f"{duration}_sum", labels, count.seconds[code]))
    whose = "" if not which else ", each user's first since the weight changed"
    return [
        *family(total, "counter", f"Answered requests by the track they were assigned to{whose}.", requests),
        *family(duration, "histogram", f"From the request's body to the response{whose}.", durations),
    ]
