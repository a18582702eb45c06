"""The `sluice` command. Each subcommand is imported when it is called, so that `--help` answers at once."""

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
from typing import Any, Literal, NoReturn

import click

from sluicegate.specs.errors import SluiceError
from sluicegate.specs.exit_codes import BAD_INPUT, CRASHED, INTERRUPTED, TERMINATED


@dataclass(frozen=True)
class Lazy:
    """A subcommand that is not imported yet, and its line in `--help`."""

    target: str
    """`module:attribute`, below `sluicegate.ci.commands`."""
    help: str


COMMANDS = {
    "validate": Lazy("validate:validate", "Judge models before they are merged."),
    "scan": Lazy("scan:scan", "Judge bare files and directories, without a spec."),
    "init": Lazy("init:init", "Write a repository of models that works at once."),
    "doctor": Lazy("doctor:doctor", "Say what is missing on this machine, and for what."),
    "new": Lazy("new:new", "Create a model, its next version, an environment, golden rows."),
    "convert": Lazy("convert:convert", "Write a model's next version in fp16 or int8."),
    "publish": Lazy("publish:publish", "Push a model's files to a registry, and pin them."),
    "sign": Lazy("sign:sign", "Sign a model's files, as OpenSSF Model Signing has it."),
    "verify-model": Lazy("sign:verify_model", "Hold a model's files against their signature."),
    "bom": Lazy("bom:bom", "Print a model's bill of materials (CycloneDX ML-BOM)."),
    "fetch": Lazy("fetch:fetch", "Fetch a model's files into the cache."),
    "lineage": Lazy("lineage:lineage", "Show where a model's version comes from."),
    "reproduce": Lazy("reproduce:reproduce", "Train a version again, and compare it."),
    "mlflow": Lazy("mlflow:mlflow", "Open pull requests as MLflow's registry tells."),
    "columns": Lazy("columns:columns", "Print what input_drift needs of a model's reference data."),
    "up": Lazy("up:up", "Serve this repository here: routers, servers, gate, judge."),
    "down": Lazy("down:down", "End what `sluice up` runs."),
    "logs": Lazy("logs:logs", "Show what `sluice up` and its processes wrote."),
    "status": Lazy("status:status", "Show every release: versions, weights, holds."),
    "verify": Lazy("verify:verify", "Check every decision against its evidence, offline."),
    "gate": Lazy("gate:gate", "Control progressive rollouts."),
    "checks": Lazy("checks:checks", "List the checks with their reasons and remedies."),
    "metrics": Lazy("metrics:metrics", "List the metrics of `quality` with their intervals."),
    "schema": Lazy("schema:schema", "Write the JSON Schemas, or compare the committed ones."),
    "vendor": Lazy("vendor:vendor", "Write the charts of this release into a repository."),
    "upgrade": Lazy("upgrade:upgrade", "Move a repository to this release: pins, schemas, charts."),
    "bootstrap": Lazy("bootstrap:bootstrap", "Set up a cluster: namespaces, Argo CD resources, the gate."),
    "github": Lazy("github:github", "Run on GitHub: what the workflows call."),
    "demo": Lazy("demo:demo", "Run three releases here: good, refused, rolled back."),
}


class Terminated(KeyboardInterrupt):
    """SIGTERM came, as CI sends it to cancel a job: an interrupt, so that what runs is cleaned up."""


@contextmanager
def terminable() -> Iterator[None]:
    """Inside, SIGTERM raises Terminated, once; a command may set a handler of its own.

    Raised where C calls back into Python, it can be turned into another error or dropped, as pickle
    does while it looks a class up: the end says Terminated all the same.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    came = False

    def end(number: int, frame: FrameType | None) -> NoReturn:
        nonlocal came
        del frame
        came = True
        signal.signal(number, signal.SIG_IGN)
        raise Terminated

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    except Exception as error:
        if came:
            raise Terminated from error
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
    if came:
        raise Terminated


class LazyGroup(click.Group):
    """Subcommands from COMMANDS; their errors become a message and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of COMMANDS."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the subcommand's module; None for an unknown name."""
        del ctx
        lazy = COMMANDS.get(cmd_name)
        if lazy is None:
            return None
        module, _, attribute = lazy.target.partition(":")
        command: click.Command = getattr(
            importlib.import_module(f"sluicegate.ci.commands.{module}"), attribute
        )
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write COMMANDS without importing a subcommand."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.help) for name, lazy in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; what it raises becomes a message on standard error and an exit code."""
        try:
            with terminable():
                return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except Terminated:
            complain(ctx, "ended by SIGTERM")
            ctx.exit(TERMINATED)
        except (KeyboardInterrupt, click.Abort):
            complain(ctx, "interrupted")
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            # The reader of our output has gone; Python must not try to flush what is left.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(BAD_INPUT)
        except SluiceError as error:
            if ctx.params["debug"]:
                traceback.print_exc()
            complain(ctx, str(error), label="error")
            ctx.exit(error.exit_code)
        except Exception as error:
            report_crash(ctx, error)
            ctx.exit(CRASHED)


def complain(ctx: click.Context, message: str, label: str = "") -> None:
    """Write to standard error why the command ends, as a line of JSON where the log is JSON."""
    if ctx.params["log_format"] == "json":
        import logging

        logging.getLogger(__name__).error(message)
        return
    prefix = click.style(label, fg="red") + ": " if label else ""
    click.echo(prefix + message, err=True)


def report_crash(ctx: click.Context, error: Exception) -> None:
    """Write the log of a crash and name it; without one, show the traceback."""
    from sluicegate.ci.report.text_format import clean
    from sluicegate.specs import crash_log
    from sluicegate.specs.redaction import redacted

    if ctx.params["debug"]:
        traceback.print_exception(error)
    crash = f"sluice crashed: {type(error).__name__}: {clean(redacted(str(error)))}"
    try:
        path = crash_log.write(error, sys.argv)
    except OSError as problem:
        if not ctx.params["debug"]:
            click.echo(redacted("".join(traceback.format_exception(error))), err=True, nl=False)
        complain(
            ctx, f"{crash}; its log could not be written ({problem}); please report it with the traceback"
        )
    else:
        complain(ctx, f"{crash}; details are in {path}; please report it")


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sluicegate", message="sluice %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.option("-v", "--verbose", count=True, help="Log what is done (-v), and why in detail (-vv).")
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    envvar="SLUICE_LOG_FORMAT",
    show_envvar=True,
    help="Format of the log on standard error.",
)
def main(debug: bool, verbose: int, log_format: Literal["text", "json"]) -> None:
    """GitOps for models: judged by pull request, released by commit.

    Exit codes: 0 nothing stops it; 1 refused, inconclusive, or bad input; 2 wrong usage; 3 a check or the
    program crashed; 130 interrupted; 143 ended by SIGTERM.
    """
    del debug
    from sluicegate.ci import logs

    logs.configure(log_format, verbose)


if __name__ == "__main__":
    main()
