"""`sluice gate`: look at releases, move them on evidence, and tell the gate what a person wants."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from sluicegate.ci.commands._outcomes import sentences, show
from sluicegate.ci.commands._repository import opened, require
from sluicegate.ci.report.text_format import clean

if TYPE_CHECKING:
    from sluicegate.gate.core.commands import CommandName
    from sluicegate.gate.daemon import Outcome
    from sluicegate.gate.daemon.loop import Only

F = TypeVar("F", bound=Callable[..., Any])


@click.group()
def gate() -> None:
    """Open traffic step by step, hold it, or take it back: every decision is a commit."""


def _where(function: F) -> F:
    """The options that say which repository is meant."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        click.option(
            "--cache",
            type=click.Path(path_type=Path, file_okay=False),
            metavar="DIR",
            help="Keep the local copy here between runs; without it, it is made anew.",
        ),
        click.option("--branch", default="main", show_default=True, help="The branch that is deployed."),
        click.option(
            "--repo",
            metavar="URL_OR_PATH",
            envvar="SLUICE_REPO",
            show_envvar=True,
            help="The repository to read and push to; the current directory's origin without it.",
        ),
    ):
        function = option(function)
    return function


def _which(function: F) -> F:
    """What narrows the looks down."""
    option = click.option(
        "--env", "environments", multiple=True, metavar="ENV", help="Only this environment."
    )
    return click.argument("models", nargs=-1, metavar="[MODEL]...")(option(function))


@gate.command()
@_which
@_where
def plan(models: tuple[str, ...], environments: tuple[str, ...], as_json: bool, **where: Any) -> None:
    """Say what the gate would do now. Writes nothing."""
    from sluicegate.gate import daemon as bot

    with opened(**where) as (repository, branch):
        require(repository, environments, models, branch)
        show(bot.plan(repository, clock=_clock, only=_only(models, environments), branch=branch), as_json)


@gate.command()
@_which
@_where
def tick(models: tuple[str, ...], environments: tuple[str, ...], as_json: bool, **where: Any) -> None:
    """Look once at every release, and commit and push what is decided."""
    from sluicegate.gate import daemon as bot

    with opened(**where) as (repository, branch):
        require(repository, environments, models, branch)
        show(bot.tick(repository, clock=_clock, only=_only(models, environments), branch=branch), as_json)


@gate.command()
@_which
@click.option("--interval", type=click.FloatRange(min=0.01), default=10.0, show_default=True, help="Seconds.")
@click.option("--until-idle", is_flag=True, help="End when nothing moves by itself any more.")
@click.option(
    "--looks", type=click.File("a", lazy=False), metavar="FILE", help="Append every look as a JSON line."
)
@click.option(
    "--metrics-port",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="Serve /metrics and /healthz here; 0 takes a free port and says which.",
)
@click.option("--metrics-host", default="127.0.0.1", show_default=True, metavar="ADDRESS")
@click.option("--lease", metavar="NAME", help="Act only while this Kubernetes Lease is held.")
@click.option("--lease-namespace", metavar="NAMESPACE", help="Where the lease is; needed with --lease.")
@_where
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
    **where: Any,
) -> None:
    """Look again and again; print what is decided. SIGTERM ends it after the look that runs."""
    from sluicegate.ci.commands._watching import kept, served
    from sluicegate.gate import daemon as bot
    from sluicegate.gate.daemon.telemetry import Pacer

    if (lease is None) != (lease_namespace is None):
        raise click.UsageError("--lease NAME and --lease-namespace NAMESPACE go together")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    problems: dict[tuple[str, str], str | None] = {}

    def on_look(outcome: Outcome) -> None:
        if telemetry is not None:
            telemetry.look(outcome)
        line = json.dumps(outcome.plain(), ensure_ascii=False)
        if looks is not None:
            looks.write(line + "\n")
            looks.flush()
        key = (outcome.environment, outcome.model)
        # A problem that stays is told once.
        if outcome.commit or problems.get(key) != outcome.problem:
            click.echo(line if as_json else "\n".join(sentences(outcome)))
        problems[key] = outcome.problem

    def on_error(error: Exception) -> None:
        if telemetry is not None:
            telemetry.error(error)
        click.echo(f"this look failed, the next one tries again: {clean(str(error))}", err=True)

    with (
        served(metrics_host, metrics_port, interval) as telemetry,
        kept(lease, lease_namespace, telemetry) as held,
        opened(**where, lease=held) as (repository, branch),
    ):
        require(repository, environments, models, branch)
        turn = Pacer(stop, telemetry, lambda: held is None or held.held)
        while not stop.is_set():
            if held is not None and not held.held:
                stop.wait(min(1.0, interval))
                continue
            bot.run(
                repository,
                clock=_clock,
                interval=interval,
                stop=turn,
                on_look=on_look,
                on_error=on_error,
                only=_only(models, environments),
                branch=branch,
                until_idle=until_idle,
            )
            if until_idle and (held is None or held.held):
                return


def _command(function: F) -> F:
    """What every command of a person takes."""
    for option in (
        click.option("--reason", required=True, metavar="TEXT", help="Why; it stands in the commit."),
        click.option("--env", "environment", required=True, metavar="ENV", help="In which environment."),
        click.argument("model"),
    ):
        function = option(function)
    return _where(function)


@gate.command()
@_command
def hold(**asked: Any) -> None:
    """Let nothing start or advance until the hold is released. A rollback is never held."""
    _obey("hold", **asked)


@gate.command()
@_command
def release(**asked: Any) -> None:
    """Release a hold; the deadline of a running release begins anew."""
    _obey("release", **asked)


@gate.command()
@_command
@click.option("--to", type=click.IntRange(1, 100), metavar="N", help="Percent; the next step without it.")
def promote(to: int | None, **asked: Any) -> None:
    """Move a running release on without proof. A hotfix goes to 99: 1 % stays behind for comparison."""
    _obey("promote", to=to, **asked)


@gate.command()
@_command
def rollback(**asked: Any) -> None:
    """Give stable all traffic, or go back to the stable version before; nothing starts again by itself."""
    _obey("rollback", **asked)


@gate.command()
@_command
@click.option("--version", type=click.IntRange(min=1), metavar="N", help="The one rejected last without it.")
def retry(version: int | None, **asked: Any) -> None:
    """Let a rejected version start again."""
    _obey("retry", version=version, **asked)


def _obey(
    name: CommandName,
    *,
    model: str,
    environment: str,
    reason: str,
    as_json: bool,
    to: int | None = None,
    version: int | None = None,
    **where: Any,
) -> None:
    from sluicegate.gate import daemon as bot
    from sluicegate.gate.core.commands import Command

    asked = Command(name, reason, to, version)
    with opened(**where) as (repository, branch):
        show([bot.command(repository, environment, model, asked, clock=_clock, branch=branch)], as_json)


def _only(models: tuple[str, ...], environments: tuple[str, ...]) -> Only:
    return lambda environment, model: (
        (not models or model in models) and (not environments or environment in environments)
    )


def _clock() -> datetime:
    return datetime.now(UTC)
