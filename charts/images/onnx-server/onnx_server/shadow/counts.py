"""The pairs of one canary, counted: how many there are, and how many lie within each limit.

A reader that judges by a limit needs no other parameter to be set here, so whoever brings a version cannot
loosen what it is compared by.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from itertools import accumulate

from sluicegate.onnx_server.shadow.difference import REASONS, Difference
from sluicegate.specs.buckets import DIFFERENCES
from sluicegate.specs.metrics_text import family, line

MEASURES = ("absolute", "relative")
DROPPED = ("busy", "starting", "request", "stable")
"""Why a request is not compared: as many copies as may be are under way; the canary has not been ready yet;
the request cannot be compared, as one with binary tensors; stable did not answer it readably, with 2xx."""


class PairCounts:
    """Every series is there from the start; they only ever rise."""

    def __init__(self, model: str, digest: str) -> None:
        """`digest`: the canary's artifact."""
        self._labels = {"model": model, "track": "canary", "digest": digest}
        self._pairs = 0
        self._by_limit = {measure: [0] * (len(DIFFERENCES) + 1) for measure in MEASURES}
        self._different = dict.fromkeys(REASONS, 0)
        self._dropped = dict.fromkeys(DROPPED, 0)

    def add(self, difference: Difference) -> None:
        """Count one pair."""
        self._pairs += 1
        for measure, size in zip(MEASURES, (difference.absolute, difference.relative), strict=True):
            self._by_limit[measure][bisect_left(DIFFERENCES, size)] += 1
        if difference.reason is not None:
            self._different[difference.reason] += 1

    def drop(self, reason: str) -> None:
        """Count a request that is not compared; `reason` is of `DROPPED`."""
        self._dropped[reason] += 1

    def pairs(self) -> Iterable[str]:
        """The line of how many pairs there are."""
        yield line("sluice_shadow_pairs_total", self._labels, self._pairs)

    def within(self) -> Iterable[str]:
        """The lines of how many lie within each limit."""
        for measure, counts in self._by_limit.items():
            for limit, number in zip(DIFFERENCES, accumulate(counts), strict=False):
                labels = {**self._labels, "measure": measure, "limit": f"{limit:g}"}
                yield line("sluice_shadow_within_total", labels, number)

    def different(self) -> Iterable[str]:
        """The lines of pairs that are different whatever the limit."""
        yield from self._by_reason("sluice_shadow_different_total", self._different)

    def dropped(self) -> Iterable[str]:
        """The lines of requests that are not compared."""
        yield from self._by_reason("sluice_shadow_dropped_total", self._dropped)

    def _by_reason(self, name: str, counts: Mapping[str, int]) -> Iterable[str]:
        for reason, number in counts.items():
            yield line(name, {**self._labels, "reason": reason}, number)


def pair_families(counts: Iterable[PairCounts]) -> list[str]:
    """The lines of all four families, in the Prometheus text format; none without counts."""
    several = list(counts)
    if not several:
        return []
    pairs = [text for one in several for text in one.pairs()]
    within = [text for one in several for text in one.within()]
    different = [text for one in several for text in one.different()]
    dropped = [text for one in several for text in one.dropped()]
    return [
        *family("sluice_shadow_pairs_total", "counter", "Pairs of answers to the same request.", pairs),
        *family("sluice_shadow_within_total", "counter", "Pairs that differ by at most `limit`.", within),
        *family("sluice_shadow_different_total", "counter", "Pairs different at any limit.", different),
        *family("sluice_shadow_dropped_total", "counter", "Requests that were not compared.", dropped),
    ]
