"""The table of simulated rollouts, as Markdown that reads as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sluicegate.gate.core.text_format import duration
from sluicegate.gate.simulate.score import Cost, Score, Share

COLUMNS = (
    "scenario",
    "rule",
    "finished",
    "rolled back",
    "held",
    "false, at most",
    "to finish: time, requests",
    "to roll back: time, canary requests, failed",
)


def table(scores: Iterable[Score]) -> Iterator[str]:
    """Line by line, as the scores come. `false, at most` is the upper bound of the share of errors."""
    yield row(COLUMNS)
    yield row(("---",) * len(COLUMNS))
    last = None
    for score in scores:
        yield row(cells(score, repeated=score.scenario == last))
        last = score.scenario


def cells(score: Score, *, repeated: bool) -> tuple[str, ...]:
    """One line's cells; the scenario's title only above the first of several rules."""
    return (
        "" if repeated else score.title,
        score.rule,
        _percent(score.finished.share),
        _percent(score.rolled_back.share),
        _percent(score.held.share),
        _false(score.error, score.false),
        _finish(score.to_finish),
        _rollback(score.to_rollback),
    )


def row(texts: tuple[str, ...]) -> str:
    """A line of Markdown."""
    return f"| {' | '.join(texts)} |"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _false(error: str | None, share: Share | None) -> str:
    if share is None:
        return "-"
    return f"{_percent(share.upper)} {error}"


def _finish(cost: Cost | None) -> str:
    return "-" if cost is None else f"{duration(cost.seconds)}, {cost.requests:,.0f}"


def _rollback(cost: Cost | None) -> str:
    return "-" if cost is None else f"{duration(cost.seconds)}, {cost.canary:,.0f}, {cost.failed:,.0f}"
