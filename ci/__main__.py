"""The `sluice` command. Each subcommand is imported when it is called, so that `--help` comes at once."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, NoReturn

import click

from sluicegate.specs.errors import SluiceError


@dataclass(frozen=True)
class Lazy:
    """Where a subcommand is, and what `--help` says of it."""

    where: str
    """`module:attribute`, below `sluicegate.ci.commands`."""
    help: str


COMMANDS = {
    "validate": Lazy("validate:validate", "Judge models: the work tree's, or what a change brings."),
    "new": Lazy("new:new", "Begin a model's directory from its ONNX file."),
    "status": Lazy("status:status", "Show every release: versions, weights, holds."),
    "gate": Lazy("gate:gate", "Open traffic step by step, hold it, or take it back."),
    "checks": Lazy("checks:checks", "List the checks: what each judges, why, and the remedy."),
    "schema": Lazy("schema:schema", "Write the JSON Schemas, or compare the committed ones."),
    "bootstrap": Lazy(
        "bootstrap:bootstrap",
        "Set a cluster up: namespaces, Argo CD's part, the gate.",
    ),
    "demo": Lazy(
        "demo:demo",
        "Watch three releases on this machine: good, refused, rolled back.",
    ),
}

BAD_INPUT, CRASHED, INTERRUPTED, TERMINATED = 1, 3, 130, 143


class Terminated(KeyboardInterrupt):
    """SIGTERM came, as CI sends it to cancel: an interrupt, so that all that was begun is cleaned up."""


@contextmanager
def terminable() -> Iterator[None]:
    """While inside, SIGTERM raises Terminated, once; a command may set a handler of its own."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: FrameType | None) -> NoReturn:
        del frame
        signal.signal(number, signal.SIG_IGN)
        raise Terminated

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class LazyGroup(click.Group):
    """Subcommands from COMMANDS, and what their errors mean for the exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the subcommand's module; None for a name that is none."""
        del ctx
        lazy = COMMANDS.get(cmd_name)
        if lazy is None:
            return None
        module, _, attribute = lazy.where.partition(":")
        command: click.Command = getattr(
            importlib.import_module(f"sluicegate.ci.commands.{module}"), attribute
        )
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table without importing a subcommand."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.help) for name, lazy in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; what it raises becomes words and an exit code."""
        try:
            with terminable():
                return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except Terminated:
            click.echo("ended by SIGTERM", err=True)
            ctx.exit(TERMINATED)
        except (KeyboardInterrupt, click.Abort):
            click.echo("interrupted", err=True)
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            # Whoever read our output has gone; Python must not try to flush what is left.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(BAD_INPUT)
        except Exception as error:
            if ctx.params["debug"]:
                traceback.print_exc()
            if isinstance(error, SluiceError):
                click.echo(click.style("error", fg="red") + f": {error}", err=True)
                ctx.exit(error.exit_code)
            click.echo(f"sluice crashed: {type(error).__name__}: {error}", err=True)
            if not ctx.params["debug"]:
                click.echo("`sluice --debug ...` shows where; please report it with that.", err=True)
            ctx.exit(CRASHED)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sluicegate", message="sluice %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def main(debug: bool) -> None:
    """GitOps for models: judged by pull request, released by commit.

    Exit codes: 0 all is well; 1 refused, inconclusive, or bad input; 2 wrong usage; 3 a check or the program
    crashed; 130 interrupted; 143 ended by SIGTERM.
    """
    del debug


if __name__ == "__main__":
    main()
