"""What is in the warm-up of a pod, and what only seems to: one that hangs or restarts over and over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sluicegate.gate.adapters.samples import Mask, Row
from sluicegate.gate.core.counting import PATIENCE

STARTS = 2
"""How many starts a pod has, and a version for each pod that it has had at a time. Further ones count."""


@dataclass(frozen=True)
class _Start:
    """A pod's life from the moment at which it is seen first, or after a restart."""

    first: int
    end: int
    """The moment of its next start; the number of moments where there is none."""
    pod: Row


def warming(pods: Sequence[Row], sent: Row, least: int) -> Mask:
    """By moment, whether a pod of one version is warming up between it and the next.

    `pods`: of each pod the answers so far, NaN where it is not there. `sent`: the requests so far on all of
    them, at the gateway. `least`: the answers after which a pod is warm. All rows are as long.

    A pod that hangs never answers, one in a crash loop is always new, and neither's failures would ever
    count; pods that come one after another and get warm are as they should be, however many they are.
    What comes later changes nothing of what was counted: a version that is given more pods has not had them.
    """
    found = np.zeros(len(sent), dtype=bool)
    if not pods or least == 0:
        return found
    there = np.sum([~np.isnan(pod) for pod in pods], axis=0)
    had = np.maximum.accumulate(there)
    starts = sorted((s for pod in pods for s in _starts(pod, least)), key=lambda start: start.first)
    for number, start in enumerate(starts):
        if number >= STARTS * had[start.first]:
            continue
        if start.first > 0:
            found[start.first - 1] = True
        within = slice(start.first, start.end)
        cold = start.pod[within] < least
        patient = _since(sent[within]) <= PATIENCE * least * there[within]
        found[within] |= cold & patient
    return found


def _starts(pod: Row, least: int) -> list[_Start]:
    """Where a pod's counter is seen first or went back, as often as it may.

    One that is warm at the first moment came earlier.
    """
    known = np.flatnonzero(~np.isnan(pod))
    back = known[1:][pod[known[1:]] < pod[known[:-1]]]
    firsts = [*known[:1], *back]
    lives = [
        _Start(int(first), int(end), pod)
        for first, end in zip(firsts, [*back, len(pod)], strict=True)
        if first > 0 or pod[first] < least
    ]
    # One pod in a crash loop must not use up the starts of the others, nor hide them for as long.
    return lives[:STARTS]


def _since(sent: Row) -> Row:
    """The requests since the first of these moments; those of a moment that is not known come with the next.

    A counter that began again has had none while nobody looked.
    """
    known = ~np.isnan(sent)
    grown = np.zeros(len(sent))
    grown[np.flatnonzero(known)[1:]] = np.maximum(np.diff(sent[known]), 0)
    return np.cumsum(grown)
