"""The plots that are committed beside the evidence: drawn by a callable that the gate is handed.

A plot is for readers alone. One that cannot be drawn is left out: it must not keep a rollback back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from sluicegate.gate.core.course import course
from sluicegate.gate.core.evaluation import Evaluation
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.gate.daemon.records import Record
from sluicegate.specs import layout

logger = logging.getLogger(__name__)

MOST = 20
"""Plots of one tick: a fleet that moves at once is decided first, and has its figures in the records."""
LARGEST = 64_000
"""Bytes of a plot; a larger one is left out, since it is kept for ever."""
Picture = Callable[[Sequence[Evaluation]], bytes]
"""Draws the course of a release's intervals as SVG, the same bytes for the same course."""


def pictures(
    records: Sequence[Record], outcomes: Sequence[Outcome], picture: Picture | None
) -> dict[str, bytes]:
    """By path: the plot of each decision that compared anything. Never raises."""
    drawn: dict[str, bytes] = {}
    for record, outcome in zip(records, outcomes, strict=True):
        if picture is None or len(drawn) == MOST:
            break
        try:
            plot = _draw(outcome, picture)
        except Exception as error:
            logger.warning("%s in %s: no plot: %r", outcome.model, outcome.environment, error)
            logger.debug("traceback of a plot that failed", exc_info=True)
            continue
        if plot is not None and len(plot) <= LARGEST:
            drawn[layout.picture_path(record.path)] = plot
    return drawn


def _draw(outcome: Outcome, picture: Picture) -> bytes | None:
    if outcome.decision is None or outcome.policy is None or outcome.observations is None:
        return None
    points = course(outcome.decision, outcome.policy, outcome.observations.reading, outcome.at)
    return picture(points) if points else None
