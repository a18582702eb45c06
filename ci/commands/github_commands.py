"""`sluice github commands`: carry out what a comment of a pull request commands, and answer it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sluicegate.ci.commands._gate_options import clock, repository_options, signing_option
from sluicegate.ci.commands._gate_repository import Deployed
from sluicegate.specs.exit_codes import CRASHED, REFUSED
from sluicegate.specs.yamlio import InputError

if TYPE_CHECKING:
    from sluicegate.ci.github.commands.context import Tools
    from sluicegate.ci.github.commands.event import Comment
    from sluicegate.ci.github.commands.handle import Handled

SECRET = "SLUICE_WEBHOOK_SECRET"  # noqa: S105 - its name
RIGHTS = "read contents, and write issues and pull requests"


@click.command("commands")
@click.option(
    "--event",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    envvar="GITHUB_EVENT_PATH",
    show_envvar=True,
    help="The payload of the `issue_comment` event.",
)
@click.option(
    "--listen",
    metavar="HOST:PORT",
    help=f"Instead take webhooks in at this address, signed with the secret in {SECRET}, until SIGTERM.",
)
@click.option(
    "--api",
    metavar="URL",
    envvar="GITHUB_API_URL",
    default="https://api.github.com",
    show_default=True,
    help="GitHub's REST API.",
)
@signing_option
@repository_options
def commands(
    *,
    event: Path | None,
    listen: str | None,
    api: str,
    signing_key: Path | None,
    deployed: Deployed,
    as_json: bool,
) -> None:
    """Carry out the `/sluice` commands of a comment, once, and answer in one comment.

    Run it by an `issue_comment` workflow on the default branch's code, or behind a webhook, with a token that
    may write contents, issues and pull requests (SLUICE_TOKEN, else GITHUB_TOKEN). Whoever comments is
    refused or obeyed by their role and by the base's CODEOWNERS: a refusal is an answer, and no failure of
    this command. It ends with 1 where its own token may not do what was commanded, or GitHub did not.
    """
    from sluicegate.ci.github.client import connect, token
    from sluicegate.ci.github.commands.context import Tools
    from sluicegate.ci.github.commands.event import read_file
    from sluicegate.ci.smoke import smoke_test
    from sluicegate.gate.adapters.signing import signer
    from sluicegate.gate.daemon.smoke import SmokeTests

    if listen is None and event is None:
        raise click.UsageError("name an event with --event FILE, or an address with --listen HOST:PORT")
    comment = read_file(event) if event is not None and listen is None else None
    key = signer(signing_key)
    client = connect(api, token())
    try:
        with deployed.open() as repository:
            tools = Tools(client, repository, deployed.branch, clock, SmokeTests(smoke_test), key)
            if comment is None:
                _listen(listen or "", tools, as_json)
                return
            handled = _handle(comment, tools)
    finally:
        client.github.close()
    _show(handled, as_json)
    if handled.crashed or handled.lacking:
        raise click.exceptions.Exit(CRASHED if handled.crashed else REFUSED)


def _handle(comment: Comment, tools: Tools) -> Handled:
    from sluicegate.ci.github.client import answered
    from sluicegate.ci.github.commands.handle import handle

    with answered(f"{comment.repository}#{comment.number}", RIGHTS):
        return handle(comment, tools)


def _listen(address: str, tools: Tools, as_json: bool) -> None:
    """Take webhooks in until the process is ended. Raises InputError."""
    from sluicegate.ci.github.commands.webhook import Receiver

    host, _, port = address.rpartition(":")
    secret = os.environ.get(SECRET, "")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise click.UsageError(f"--listen {address!r} is not HOST:PORT")
    if not secret:
        raise InputError.of(
            "webhooks without a secret could be anybody's", f"set {SECRET} here and at GitHub"
        )

    def act(comment: Comment) -> None:
        _show(_handle(comment, tools), as_json)

    try:
        receiver = Receiver(host.strip("[]"), int(port), secret.encode(), act)
    except OSError as error:
        raise InputError.of(f"{address} cannot be had: {error.strerror}", "name another address") from error
    with receiver:
        click.echo(f"webhooks at http://{host}:{receiver.port}/", err=True)
        _until_ended()


def _until_ended() -> None:
    """Wait for ever: SIGTERM and SIGINT end it from outside."""
    import threading

    threading.Event().wait()


def _show(handled: Handled, as_json: bool) -> None:
    import json
    from dataclasses import asdict

    if as_json:
        click.echo(json.dumps(asdict(handled), ensure_ascii=False, indent=2))
        return
    click.echo(handled.words)
    for one in handled.answers:
        click.echo(f"{'done' if one.ok else 'refused'}: {one.line}: {one.words}")
