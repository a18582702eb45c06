"""`sluice gate`: evaluate releases, move them on evidence, and carry out a person's commands."""

from __future__ import annotations

import math
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

import click

from sluicegate.ci.commands._gate_github import verdict_sources
from sluicegate.ci.commands._gate_options import (
    Selection,
    Telling,
    clock,
    repository_options,
    selection_options,
    signing_option,
    telling_options,
)
from sluicegate.ci.commands._gate_output import RunOutput, show
from sluicegate.ci.commands._gate_people import COMMANDS
from sluicegate.ci.commands._gate_repository import Deployed
from sluicegate.ci.commands.gate_judge import judge
from sluicegate.ci.commands.gate_simulate import simulate
from sluicegate.ci.report.text_format import clean

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


@gate.command()
@selection_options
@telling_options
@repository_options
def plan(*, selection: Selection, deployed: Deployed, telling: Telling, as_json: bool) -> None:
    """Show the decisions the gate would make now (dry run)."""
    from sluicegate.ci.smoke import smoke_test
    from sluicegate.gate.daemon import reconcile
    from sluicegate.gate.daemon.blindness import Blindness
    from sluicegate.gate.daemon.smoke import SmokeTests

    smoke = SmokeTests(smoke_test)
    with deployed.open() as repository:
        selection.require(repository, deployed.branch)
        outcomes = reconcile.plan(
            repository,
            clock=clock,
            only=selection.only,
            branch=deployed.branch,
            blindness=Blindness(deployed.cache),
            smoke=smoke,
            verdicts=verdict_sources(telling),
        )
        show(outcomes, as_json)


@gate.command()
@selection_options
@signing_option
@telling_options
@repository_options
def tick(
    *,
    selection: Selection,
    deployed: Deployed,
    signing_key: Path | None,
    telling: Telling,
    as_json: bool,
) -> None:
    """Evaluate every release once, then commit and push the decisions."""
    from sluicegate.ci.report.rollout.picture import picture
    from sluicegate.ci.smoke import smoke_test
    from sluicegate.gate.adapters.signing import signer
    from sluicegate.gate.daemon import reconcile
    from sluicegate.gate.daemon.announcing import tell_now
    from sluicegate.gate.daemon.blindness import Blindness
    from sluicegate.gate.daemon.smoke import SmokeTests

    key = signer(signing_key)
    announcers = telling.announcers(deployed)
    smoke = SmokeTests(smoke_test)
    with deployed.open() as repository:
        selection.require(repository, deployed.branch)
        outcomes = reconcile.tick(
            repository,
            clock=clock,
            only=selection.only,
            branch=deployed.branch,
            blindness=Blindness(deployed.cache),
            smoke=smoke,
            signer=key,
            picture=picture,
            verdicts=verdict_sources(telling),
        )
        for failure in tell_now(announcers, outcomes):
            click.echo(clean(failure), err=True)
        show(outcomes, as_json)


@gate.command()
@selection_options
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
@signing_option
@telling_options
@repository_options
def run(
    *,
    selection: Selection,
    deployed: Deployed,
    interval: float,
    until_idle: bool,
    looks: TextIO | None,
    metrics_port: int | None,
    metrics_host: str,
    lease: str | None,
    lease_namespace: str | None,
    signing_key: Path | None,
    telling: Telling,
    as_json: bool,
) -> None:
    """Run the gate until SIGTERM; finishes the current evaluation first."""
    from sluicegate.ci.report.rollout.picture import picture
    from sluicegate.ci.smoke import smoke_test
    from sluicegate.gate.adapters.lease import join_election
    from sluicegate.gate.adapters.signing import signer
    from sluicegate.gate.daemon.daemon import Daemon

    if (lease is None) != (lease_namespace is None):
        raise click.UsageError("--lease NAME and --lease-namespace NAMESPACE go together")
    key = signer(signing_key)
    election = join_election(lease_namespace, lease) if lease and lease_namespace else None
    daemon = Daemon(
        clock=clock,
        interval=interval,
        lease=election,
        memory=deployed.cache,
        smoke=smoke_test,
        signer=key,
        picture=picture,
        verdicts=verdict_sources(telling, in_background=True),
        announcers=telling.announcers(deployed),
    )
    signal.signal(signal.SIGTERM, lambda *_: daemon.stop())
    with ExitStack() as stack:
        if metrics_port is not None:
            port = stack.enter_context(daemon.serve_telemetry(metrics_host, metrics_port))
            click.echo(f"metrics at {_url(metrics_host, port)}/metrics", err=True)
        repository = stack.enter_context(deployed.open(daemon.guard_push))
        selection.require(repository, deployed.branch)
        daemon.run(
            repository,
            branch=deployed.branch,
            only=selection.only,
            on_outcome=RunOutput(as_json, looks).show,
            until_idle=until_idle,
        )


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


for command in COMMANDS:
    gate.add_command(command)
