"""`sluice github commands`: carry out what a comment of a pull request commands, and answer it."""

from __future__ import annotations

from pathlib import Path

import click

from sluicegate.ci.commands._gate_options import clock, repository_options, signing_option
from sluicegate.ci.commands._gate_repository import Deployed
from sluicegate.specs.exit_codes import CRASHED


@click.command("commands")
@click.option(
    "--event",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    envvar="GITHUB_EVENT_PATH",
    show_envvar=True,
    required=True,
    help="The payload of the `issue_comment` event.",
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
def commands(*, event: Path, api: str, signing_key: Path | None, deployed: Deployed, as_json: bool) -> None:
    """Carry out the `/sluice` commands of a comment, once, and answer in one comment.

    Run it by an `issue_comment` workflow on the default branch's code, with a token that may write contents,
    issues and pull requests (SLUICE_TOKEN, else GITHUB_TOKEN). Whoever comments is refused or obeyed by
    their role and by the base's CODEOWNERS: a refusal is an answer, and no failure of this command.
    """
    import json
    from dataclasses import asdict

    from sluicegate.ci.github.client import answered, connect, token
    from sluicegate.ci.github.commands.context import Tools
    from sluicegate.ci.github.commands.event import read_file
    from sluicegate.ci.github.commands.handle import handle
    from sluicegate.ci.smoke import smoke_test
    from sluicegate.gate.adapters.signing import signer
    from sluicegate.gate.daemon import SmokeTests

    comment = read_file(event)
    key = signer(signing_key)
    client = connect(api, token())
    rights = "read contents, and write issues and pull requests"
    try:
        with answered(f"{comment.repository}#{comment.number}", rights), deployed.open() as repository:
            tools = Tools(client, repository, deployed.branch, clock, SmokeTests(smoke_test), key)
            handled = handle(comment, tools)
    finally:
        client.github.close()
    if as_json:
        click.echo(json.dumps(asdict(handled), indent=2, ensure_ascii=False))
    else:
        click.echo(handled.words)
        for one in handled.answers:
            click.echo(f"{'done' if one.ok else 'refused'}: {one.line}: {one.words}")
    if handled.crashed:
        raise click.exceptions.Exit(CRASHED)
