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


def count_families(counts: dict[tuple[str, str], TrackCounts]) -> list[str]:
    """The lines of `sluice_gateway_requests_total` and `sluice_gateway_request_duration_seconds`."""
    requests: list[str] = []
    durations: list[str] = []
    total = "sluice_gateway_requests_total"
    duration = "sluice_gateway_request_duration_seconds"
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
    return [
        *family(total, "counter", "Answered requests by the track they were assigned to.", requests),
        *family(duration, "histogram", "From the request's body to the response.", durations),
    ]
