"""What the gate decided, for a person or as data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

import click

from sluicegate.ci.report.text_format import clean

if TYPE_CHECKING:
    from sluicegate.gate.core.decision import Judgement
    from sluicegate.gate.daemon.outcome import Outcome

BAD_INPUT = 1
CRASHED = 3


def show(outcomes: list[Outcome], as_json: bool) -> None:
    """Print the outcomes; the exit code tells whether one of them has a problem.

    A person's command that was carried out succeeded, whatever else is to be said about that release.
    """
    if as_json:
        click.echo(json.dumps({"outcomes": [o.plain() for o in outcomes]}, indent=2, ensure_ascii=False))
    elif not outcomes:
        click.echo(
            "There is nothing to evaluate: no environment (`sluice new environment`), "
            "or no model (`sluice new model`)."
        )
    else:
        click.echo("\n\n".join("\n".join(sentences(outcome)) for outcome in outcomes))
    if any(outcome.crashed for outcome in outcomes):
        raise click.exceptions.Exit(CRASHED)
    if any(outcome.problem and not _carried_out(outcome) for outcome in outcomes):
        raise click.exceptions.Exit(BAD_INPUT)


def _carried_out(outcome: Outcome) -> bool:
    return outcome.command is not None and outcome.commit is not None


@dataclass
class RunOutput:
    """Prints what a run decides: each commit, and each problem once while it stays the same."""

    as_json: bool
    evaluations: TextIO | None = None
    """Gets every evaluation as a JSON line."""
    _problems: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def show(self, outcome: Outcome) -> None:
        """Print one outcome if it is news."""
        line = json.dumps(outcome.plain(), ensure_ascii=False)
        if self.evaluations is not None:
            self.evaluations.write(line + "\n")
            self.evaluations.flush()
        key = (outcome.environment, outcome.model)
        if outcome.commit or self._problems.get(key) != outcome.problem:
            click.echo(line if self.as_json else "\n".join(sentences(outcome)))
        self._problems[key] = outcome.problem


def sentences(outcome: Outcome) -> Iterator[str]:
    """One outcome in words: what, why, and each gate's interval."""
    yield f"{outcome.model} in {outcome.environment}: {_headline(outcome)}"
    if outcome.problem:
        yield f"  problem: {clean(outcome.problem)}"
    if outcome.refresh:
        yield f"  {clean(outcome.refresh)}"
    if outcome.decision is None:
        return
    yield f"  {clean(outcome.decision.reason)}"
    for judgement in outcome.decision.judgements:
        yield f"  {_judgement(judgement)}"
    for figure in outcome.decision.shown:
        yield f"  {clean(figure.reason)}"
    for overruled in () if outcome.policy is None else outcome.policy.overruled:
        yield f"  the stricter rule counts: {clean(overruled)}"


def _headline(outcome: Outcome) -> str:
    if outcome.decision is None:
        return "cannot be judged"
    if outcome.commit:
        return f"{outcome.decision.kind}, commit {outcome.commit[:12]}"
    if outcome.decision.commits:
        return f"{outcome.decision.kind}, not written"
    return outcome.decision.kind


def _judgement(judgement: Judgement) -> str:
    from sluicegate.gate.core import text_format

    margin = text_format.percent(judgement.margin)
    if judgement.paired:
        return (
            f"{judgement.gate}: {text_format.different_pairs(judgement.rate_difference)} of "
            f"{judgement.requests:,} pairs ({judgement.bad_canary:,} differ), margin {margin}: "
            f"{_verdict(judgement)}"
        )
    if judgement.non_inferior and not judgement.rate_difference.is_known:
        return judgement.reason
    other = judgement.against
    interval = text_format.rate_difference(judgement.rate_difference, judgement.relative, other)
    failures = f"failures: {judgement.bad_canary:,} on canary, {judgement.bad_stable:,} on {other}"
    return (
        f"{judgement.gate}: {interval} over {judgement.requests:,} requests "
        f"({judgement.canary_requests:,} on canary; {failures}), margin {margin}: "
        f"{_verdict(judgement)}"
    )


def _verdict(judgement: Judgement) -> str:
    if judgement.harmful:
        return "harmful"
    if judgement.non_inferior:
        return "non-inferior"
    return "undecided"
