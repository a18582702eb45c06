"""`sluice gate stop` and `resume`: nothing starts or advances meanwhile."""

from __future__ import annotations

import json

import click

from sluicegate.ci.commands._gate_options import clock, person_options, repository_options
from sluicegate.ci.commands._gate_repository import Deployed
from sluicegate.ci.commands._person import person


@click.command()
@click.option("--env", "environments", multiple=True, metavar="ENV", help="This environment [default: all].")
@person_options
@repository_options
def stop(
    *,
    environments: tuple[str, ...],
    reason: str,
    named: str | None,
    deployed: Deployed,
    as_json: bool,
) -> None:
    """Stop everything: nothing starts or advances, anywhere or in --env.

    It lasts until `sluice gate resume`. A rollback is never stopped.
    """
    from sluicegate.gate.daemon import stopping

    with deployed.open() as repository:
        sha = stopping.stop(
            repository, environments, reason, by=person(named), clock=clock, branch=deployed.branch
        )
    _show(f"stopped: {', '.join(environments) or 'everything'}", sha, as_json)


@click.command()
@person_options
@repository_options
def resume(*, reason: str, named: str | None, deployed: Deployed, as_json: bool) -> None:
    """End the stop; releases go on from where they are."""
    from sluicegate.gate.daemon import stopping

    with deployed.open() as repository:
        sha = stopping.resume(repository, reason, by=person(named), clock=clock, branch=deployed.branch)
    _show("resumed", sha, as_json)


def _show(what: str, sha: str, as_json: bool) -> None:
    click.echo(json.dumps({"done": what, "commit": sha}) if as_json else f"{what}, commit {sha}")
