"""Which moments belong to the warm-up of a pod, whose first answers say nothing about its version."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np

from sluicegate.gate.adapters.resets import instances
from sluicegate.gate.adapters.samples import Mask, Row, Series
from sluicegate.gate.metrics.base import ANSWERED


def warming(
    servers: Iterable[Series], digests: Collection[str], least: int, before: int, canary: Row
) -> Mask:
    """By moment, whether a pod of either track has answered less than `least`, or comes until the next.

    Where servers do not count their answers, by the canary's requests since the release began: `before` the
    running step, and those in it.
    """
    answered = [s for s in servers if s.name == ANSWERED and s.labels.get("digest") in digests]
    if answered:
        found = np.zeros(len(canary), dtype=bool)
        for pod in instances(answered):
            there = ~np.isnan(pod)
            comes = np.append(there[1:], False)
            found |= (there & (pod < least)) | (~there & comes)
        return found
    return np.asarray(before + canary - np.nan_to_num(canary[:1]) < least)
