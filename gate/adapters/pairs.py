"""Pairs of answers, from the series of what compares them: the embedded router, or a process in a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from sluicegate.gate.adapters.resets import Starts, gaps, was_reset
from sluicegate.gate.adapters.samples import NO_ANSWER, Count, NoData, Samples, Series
from sluicegate.gate.adapters.windows import GateCounts
from sluicegate.gate.metrics.base import PAIRS, WITHIN, FailureCounter, Selector

NAMES = (PAIRS, WITHIN)
NO_PAIRS = NoData(
    f"{PAIRS} is not there for this canary",
    "in a cluster, set `shadow.mirror` in the values, and let Prometheus scrape what compares answers",
)


def gate(  # noqa: PLR0917 - what is counted, as it is and within the step, and of what
    kinds: Sequence[FailureCounter],
    series: Iterable[Series],
    within: Iterable[Series],
    model: str,
    digest: str,
    starts: Starts,
) -> GateCounts:
    """One gate's counters: all pairs are the canary's, of the artifact with this digest. Raises NoData.

    `series` tell what was reset, `within` are the same without what was counted before the step.
    """
    own = _comparers(series, digest)
    if not own:
        raise NO_PAIRS
    moments = len(own[0].values)
    samples = Samples(_comparers(within, digest), model, digest, moments=moments)
    missed = gaps(own, starts, moments)
    reset = np.zeros(moments, dtype=bool)
    reset[list(was_reset(own, starts))] = True
    pairs = samples.selected(Selector(PAIRS), "canary", must=True).where(~missed, NO_ANSWER)
    different = tuple(samples.failures(counter, "canary", must=True) for counter in kinds)
    none = Count(np.zeros(moments))
    return GateCounts(pairs, none, different, (none,) * len(kinds), reset=reset)


def _comparers(series: Iterable[Series], digest: str) -> list[Series]:
    return [one for one in series if one.name in NAMES and one.labels.get("digest") == digest]
