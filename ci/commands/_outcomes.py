"""What the gate decided, for a person or as data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from sluicegate.ci.report.text_format import clean
from sluicegate.specs.exit_codes import BAD_INPUT, CRASHED

if TYPE_CHECKING:
    from sluicegate.gate.core.decision import Judgement
    from sluicegate.gate.daemon import Outcome


def show(outcomes: list[Outcome], as_json: bool) -> None:
    """Print the outcomes; the exit code tells whether one of them has a problem."""
    if as_json:
        click.echo(json.dumps({"outcomes": [o.plain() for o in outcomes]}, indent=2, ensure_ascii=False))
    elif not outcomes:
        click.echo("There is nothing to look at: no environments/*/environment.yaml, or no model.")
    else:
        click.echo("\n\n".join("\n".join(sentences(outcome)) for outcome in outcomes))
    if any(outcome.crashed for outcome in outcomes):
        raise click.exceptions.Exit(CRASHED)
    if any(outcome.problem for outcome in outcomes):
        raise click.exceptions.Exit(BAD_INPUT)


def sentences(outcome: Outcome) -> Iterator[str]:
    """One look in words: what, why, and each gate's interval."""
    decision = outcome.decision
    what = "cannot be judged" if decision is None else decision.kind
    done = "" if decision is None or not decision.commits else ", not written"
    if outcome.commit:
        done = f", commit {outcome.commit[:12]}"
    yield f"{outcome.model} in {outcome.environment}: {what}{done}"
    if outcome.problem:
        yield f"  problem: {clean(outcome.problem)}"
    if outcome.refresh:
        yield f"  {clean(outcome.refresh)}"
    if decision is None:
        return
    yield f"  {clean(decision.reason)}"
    for judged in decision.judgements:
        yield f"  {_gate_line(judged)}"


def _gate_line(judged: Judgement) -> str:
    """One gate: its interval, what it was computed from, and the conclusion."""
    from sluicegate.gate.core import text_format

    failed = f"failed: {judged.bad_canary:,} on canary, {judged.bad_stable:,} on stable"
    interval = text_format.rate_difference(judged.rate_difference)
    margin = text_format.percent(judged.margin)
    return (
        f"{judged.gate}: {interval} over {judged.requests:,} requests "
        f"({judged.canary_requests:,} on canary; {failed}), margin {margin}: {_conclusion(judged)}"
    )


def _conclusion(judged: Judgement) -> str:
    if judged.harmful:
        return "harmful"
    return "non-inferior" if judged.non_inferior else "undecided"
