"""Redis, Argo CD's cache: no disk, loopback of the namespace only."""

from __future__ import annotations

from harness.run import CommandFailed, Run

PORT = 6379


def start(run: Run) -> None:
    """Start redis-server and wait until it answers PING."""
    command = ["redis-server", "--bind", "127.0.0.1", "--port", str(PORT), "--save", "", "--appendonly", "no"]
    run.start("redis", [*command, "--dir", run.folder("redis")], ready=lambda: ready(run), seconds=20)


def ready(run: Run) -> bool:
    """Whether it answers PING."""
    try:
        return run.call(["redis-cli", "-h", "127.0.0.1", "-p", str(PORT), "ping"]).strip() == "PONG"
    except CommandFailed:
        return False
