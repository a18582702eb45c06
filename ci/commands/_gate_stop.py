"""`sluice gate stop` and `resume`: nothing starts or advances meanwhile."""

from __future__ import annotations

import json
from pathlib import Path

import click

from sluicegate.ci.commands._gate_options import clock, repository_options
from sluicegate.ci.commands._gate_repository import open_repository
from sluicegate.ci.commands._person import person

_as = click.option(
    "--as",
    "named",
    metavar="NAME",
    help="Whose command it is [default: the forge's user in CI, else git's identity].",
)
_reason = click.option("--reason", required=True, metavar="TEXT", help="Why; recorded in the commit.")


@click.command()
@click.option("--env", "environments", multiple=True, metavar="ENV", help="This environment [default: all].")
@_reason
@_as
@repository_options
def stop(
    *,
    environments: tuple[str, ...],
    reason: str,
    named: str | None,
    as_json: bool,
    repo: str | None,
    branch: str,
    cache: Path | None,
) -> None:
    """Stop everything: nothing starts or advances, anywhere or in --env.

    It lasts until `sluice gate resume`. A rollback is never stopped.
    """
    from sluicegate.gate.daemon import stopping

    with open_repository(repo, branch, cache) as repository:
        sha = stopping.stop(repository, environments, reason, by=person(named), clock=clock, branch=branch)
    _show(f"stopped: {', '.join(environments) or 'everything'}", sha, as_json)


@click.command()
@_reason
@_as
@repository_options
def resume(
    *, reason: str, named: str | None, as_json: bool, repo: str | None, branch: str, cache: Path | None
) -> None:
    """End the stop; releases go on from where they are."""
    from sluicegate.gate.daemon import stopping

    with open_repository(repo, branch, cache) as repository:
        sha = stopping.resume(repository, reason, by=person(named), clock=clock, branch=branch)
    _show("resumed", sha, as_json)


def _show(what: str, sha: str, as_json: bool) -> None:
    click.echo(json.dumps({"done": what, "commit": sha}) if as_json else f"{what}, commit {sha}")
