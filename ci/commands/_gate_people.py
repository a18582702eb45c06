"""What a person may command: each is a decision with a reason, and carries the person's name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sluicegate.ci.commands._gate_github import verdict_sources
from sluicegate.ci.commands._gate_options import (
    F,
    Telling,
    clock,
    person_options,
    repository_options,
    signing_option,
    telling_options,
)
from sluicegate.ci.commands._gate_output import show
from sluicegate.ci.commands._gate_repository import Deployed
from sluicegate.ci.commands._gate_stop import resume, stop
from sluicegate.ci.commands._person import person

if TYPE_CHECKING:
    from sluicegate.gate.core.commands import CommandName


def _command_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """What every command of a person about one release takes."""
    environment = click.option("--env", "environment", required=True, metavar="ENV", help="The environment.")
    release = click.argument("model")(environment(person_options(function)))
    return repository_options(telling_options(signing_option(release)))


def _version_option(help_text: str, name: str = "--version") -> Callable[[F], F]:
    return click.option(name, "version", type=click.IntRange(min=1), metavar="N", help=help_text)


@click.command()
@_command_options
def hold(**options: Any) -> None:
    """Hold a release: nothing starts or advances.

    It lasts until `sluice gate release`. A rollback is never held.
    """
    _execute("hold", **options)


@click.command()
@_command_options
def release(**options: Any) -> None:
    """End a hold; the deadline of a running release starts again."""
    _execute("release", **options)


@click.command()
@_command_options
@click.option(
    "--to", type=click.IntRange(1, 100), metavar="N", help="Percent of traffic [default: the next step]."
)
def promote(to: int | None, **options: Any) -> None:
    """Advance a running release without evidence."""
    _execute("promote", to=to, **options)


@click.command()
@_command_options
@_version_option("The merged version [default: the newest].")
def hotfix(version: int | None, **options: Any) -> None:
    """Send a merged version out at once, from any state: to 99 %, as soon as it is ready.

    1 % stays on stable for comparison: harm still rolls it back. A hold or another release ends; neither a
    freeze nor the environment before stops it.
    """
    _execute("hotfix", version=version, **options)


@click.command()
@_command_options
@_version_option("The earlier stable version to go back to.", "--to")
def rollback(version: int | None, **options: Any) -> None:
    """Send all traffic to stable, then hold.

    Without a canary, or with --to, traffic goes back to a former stable version. Nothing starts again until
    the hold is released or the version retried.
    """
    _execute("rollback", version=version, **options)


@click.command()
@_command_options
@_version_option("The rejected version [default: the one rejected last].")
def retry(version: int | None, **options: Any) -> None:
    """Let a rejected version start again; ends the hold of the rollback that rejected it."""
    _execute("retry", version=version, **options)


@click.command()
@_command_options
def approve(**options: Any) -> None:
    """Approve a step that waits for a person; the gate goes on once everything else is shown."""
    _execute("approve", **options)


@click.command()
@_command_options
def adopt(**options: Any) -> None:
    """Accept a release.yaml that was edited by hand: the gate goes on from it."""
    _execute("adopt", **options)


def _execute(
    name: CommandName,
    *,
    model: str,
    environment: str,
    reason: str,
    named: str | None,
    deployed: Deployed,
    as_json: bool,
    signing_key: Path | None,
    telling: Telling,
    to: int | None = None,
    version: int | None = None,
) -> None:
    from sluicegate.ci.smoke import smoke_test
    from sluicegate.gate.adapters.signing import signer
    from sluicegate.gate.core.commands import Command
    from sluicegate.gate.daemon import reconcile
    from sluicegate.gate.daemon.smoke import SmokeTests

    smoke = SmokeTests(smoke_test)
    key = signer(signing_key)
    command = Command(name, reason, to, version, by=person(named))
    with deployed.open() as repository:
        outcome = reconcile.execute(
            repository,
            environment,
            model,
            command,
            clock=clock,
            smoke=smoke,
            branch=deployed.branch,
            signer=key,
            verdicts=verdict_sources(telling),
        )
        show([outcome], as_json)


COMMANDS = (hold, release, promote, hotfix, rollback, retry, approve, adopt, stop, resume)
"""All of them, for `sluice gate`."""
