"""What `sluice gate run` has beside its looks: metrics over HTTP, and a Lease among several gates."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from sluicegate.ci.report.text_format import clean
from sluicegate.gate.daemon.telemetry import Telemetry, serve

if TYPE_CHECKING:
    from sluicegate.gate.adapters.lease import Lease

PATIENCE = 300.0
"""Seconds without a finished tick after which `/healthz` says so; ten intervals where that is more."""


@contextmanager
def served(host: str, port: int | None, interval: float) -> Iterator[Telemetry | None]:
    """The gate's own metrics over HTTP, where they are asked for. Raises InputError."""
    if port is None:
        yield None
        return
    telemetry = Telemetry(max(10 * interval, PATIENCE))
    with serve(telemetry, host, port) as chosen:
        shown = f"[{host}]" if ":" in host else host
        click.echo(f"metrics at http://{shown}:{chosen}/metrics", err=True)
        yield telemetry


@contextmanager
def kept(name: str | None, namespace: str | None, telemetry: Telemetry | None) -> Iterator[Lease | None]:
    """The lease, taken and renewed meanwhile, where one is asked for; what changes with it is told.

    Raises LeaseError.
    """
    if telemetry is not None:
        telemetry.leader.set(name is None)
    if name is None or namespace is None:
        yield None
        return
    from sluicegate.gate.adapters.lease import Lease, connect

    lease = Lease(connect(), (namespace, name), f"{socket.gethostname()}_{uuid.uuid4().hex[:8]}")
    told: list[str | None] = ["nothing yet"]

    def on_try(why: str | None) -> None:
        if telemetry is not None:
            telemetry.leader.set(lease.held)
            if not lease.held:
                telemetry.beat()
        if why != told[0]:
            told[0] = why
            click.echo(
                f"the lease {namespace}/{name} is held: this gate acts" if why is None else clean(why),
                err=True,
            )

    with lease.kept(on_try):
        yield lease
