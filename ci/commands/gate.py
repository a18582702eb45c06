"""`sluice gate`: evaluate releases, move them on evidence, and carry out a person's commands."""

from __future__ import annotations

import math
import signal
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from sluicegate.ci.commands._gate_output import RunOutput, show
from sluicegate.ci.commands._gate_repository import open_repository
from sluicegate.ci.commands.gate_judge import judge
from sluicegate.ci.commands.gate_simulate import simulate

if TYPE_CHECKING:
    from sluicegate.gate.core.commands import CommandName
    from sluicegate.gate.daemon.reconcile import Only

F = TypeVar("F", bound=Callable[..., Any])


MOST_SECONDS = 86_400.0
"""A gate that evaluates less than once a day watches nothing."""


class Seconds(click.FloatRange):
    """A range of seconds; not a number is in no range."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """See click. `nan` is neither below nor above a limit, so click would accept it."""
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is not a number of seconds.", param, ctx)
        return number


@click.group()
def gate() -> None:
    """Control progressive rollouts: every decision is a commit."""


gate.add_command(judge)
gate.add_command(simulate)


def _repository_options(function: F) -> F:
    """The options that name the repository, and `--json`."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        click.option(
            "--cache",
            type=click.Path(path_type=Path, file_okay=False),
            metavar="DIR",
            help="Keep the local copy in this directory between runs [default: a temporary one].",
        ),
        click.option("--branch", default="main", show_default=True, help="The branch that is deployed."),
        click.option(
            "--repo",
            metavar="URL_OR_PATH",
            envvar="SLUICE_REPO",
            show_envvar=True,
            help="The repository to read and push to [default: the current directory's origin].",
        ),
    ):
        function = option(function)
    return function


def _selection(function: F) -> F:
    """The models and environments to evaluate; all without them."""
    option = click.option(
        "--env", "environments", multiple=True, metavar="ENV", help="Only this environment; repeatable."
    )
    return click.argument("models", nargs=-1, metavar="[MODEL]...")(option(function))


@gate.command()
@_selection
@_repository_options
def plan(
    *,
    models: tuple[str, ...],
    environments: tuple[str, ...],
    as_json: bool,
    repo: str | None,
    branch: str,
    cache: Path | None,
) -> None:
    """Show the decisions the gate would make now (dry run)."""
    from sluicegate.gate import daemon

    with open_repository(repo, branch, cache) as repository:
        daemon.require(repository, environments, models, branch)
        only = _only(models, environments)
        show(daemon.plan(repository, clock=_clock, only=only, branch=branch), as_json)


@gate.command()
@_selection
@_repository_options
def tick(
    *,
    models: tuple[str, ...],
    environments: tuple[str, ...],
    as_json: bool,
    repo: str | None,
    branch: str,
    cache: Path | None,
) -> None:
    """Evaluate every release once, then commit and push the decisions."""
    from sluicegate.gate import daemon

    with open_repository(repo, branch, cache) as repository:
        daemon.require(repository, environments, models, branch)
        only = _only(models, environments)
        show(daemon.tick(repository, clock=_clock, only=only, branch=branch), as_json)


@gate.command()
@_selection
@click.option(
    "--interval",
    type=Seconds(min=0.01, max=MOST_SECONDS),
    default=10.0,
    show_default=True,
    help="Seconds between two evaluations.",
)
@click.option("--until-idle", is_flag=True, help="Exit once no release moves by itself.")
@click.option(
    "--looks",
    type=click.File("a", lazy=False),
    metavar="FILE",
    help="Append every evaluation to FILE as a JSON line.",
)
@click.option(
    "--metrics-port",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="Serve /metrics and /healthz on this port; 0 picks a free one and prints it.",
)
@click.option(
    "--metrics-host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="The address to serve them on.",
)
@click.option("--lease", metavar="NAME", help="Act only while holding this Kubernetes Lease.")
@click.option("--lease-namespace", metavar="NAMESPACE", help="The namespace of the Lease.")
@_repository_options
def run(
    *,
    models: tuple[str, ...],
    environments: tuple[str, ...],
    interval: float,
    until_idle: bool,
    looks: TextIO | None,
    metrics_port: int | None,
    metrics_host: str,
    lease: str | None,
    lease_namespace: str | None,
    as_json: bool,
    repo: str | None,
    branch: str,
    cache: Path | None,
) -> None:
    """Run the gate until SIGTERM; finishes the current evaluation first."""
    from sluicegate.gate.adapters.lease import join_election
    from sluicegate.gate.daemon import Daemon, require

    if (lease is None) != (lease_namespace is None):
        raise click.UsageError("--lease NAME and --lease-namespace NAMESPACE go together")
    election = join_election(lease_namespace, lease) if lease and lease_namespace else None
    daemon = Daemon(clock=_clock, interval=interval, lease=election)
    signal.signal(signal.SIGTERM, lambda *_: daemon.stop())
    with ExitStack() as stack:
        if metrics_port is not None:
            port = stack.enter_context(daemon.serve_telemetry(metrics_host, metrics_port))
            click.echo(f"metrics at {_url(metrics_host, port)}/metrics", err=True)
        repository = stack.enter_context(open_repository(repo, branch, cache, daemon.guard_push))
        require(repository, environments, models, branch)
        daemon.run(
            repository,
            branch=branch,
            only=_only(models, environments),
            on_outcome=RunOutput(as_json, looks).show,
            until_idle=until_idle,
        )


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _command_options(function: F) -> F:
    """What every command of a person takes."""
    for option in (
        click.option("--reason", required=True, metavar="TEXT", help="Why; recorded in the commit."),
        click.option("--env", "environment", required=True, metavar="ENV", help="The environment."),
        click.argument("model"),
    ):
        function = option(function)
    return _repository_options(function)


@gate.command()
@_command_options
def hold(**options: Any) -> None:
    """Hold a release: nothing starts or advances.

    It lasts until `sluice gate release`. A rollback is never held.
    """
    _execute("hold", **options)


@gate.command()
@_command_options
def release(**options: Any) -> None:
    """End a hold; the deadline of a running release starts again."""
    _execute("release", **options)


@gate.command()
@_command_options
@click.option(
    "--to", type=click.IntRange(1, 100), metavar="N", help="Percent of traffic [default: the next step]."
)
def promote(to: int | None, **options: Any) -> None:
    """Advance a running release without evidence. A hotfix goes to 99: 1 % stays on stable for comparison."""
    _execute("promote", to=to, **options)


@gate.command()
@_command_options
def rollback(**options: Any) -> None:
    """Send all traffic to stable, then hold.

    Without a canary, traffic goes back to the former stable version. Nothing starts again until the hold is
    released.
    """
    _execute("rollback", **options)


@gate.command()
@_command_options
@click.option(
    "--version",
    type=click.IntRange(min=1),
    metavar="N",
    help="The rejected version [default: the one rejected last].",
)
def retry(version: int | None, **options: Any) -> None:
    """Let a rejected version start again."""
    _execute("retry", version=version, **options)


def _execute(
    name: CommandName,
    *,
    model: str,
    environment: str,
    reason: str,
    as_json: bool,
    repo: str | None,
    branch: str,
    cache: Path | None,
    to: int | None = None,
    version: int | None = None,
) -> None:
    from sluicegate.gate import daemon
    from sluicegate.gate.core.commands import Command

    command = Command(name, reason, to, version)
    with open_repository(repo, branch, cache) as repository:
        outcome = daemon.execute(repository, environment, model, command, clock=_clock, branch=branch)
        show([outcome], as_json)


def _only(models: tuple[str, ...], environments: tuple[str, ...]) -> Only:
    def only(environment: str, model: str) -> bool:
        return (not models or model in models) and (not environments or environment in environments)

    return only


def _clock() -> datetime:
    return datetime.now(UTC)
