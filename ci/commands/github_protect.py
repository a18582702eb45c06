"""`sluice github protect`: the rulesets of `.github/rulesets`, compared with GitHub's, and applied."""

from __future__ import annotations

from pathlib import Path

import click

from sluicegate.ci.commands._checkout import checkout, root_option
from sluicegate.ci.commands._event_options import api_option
from sluicegate.specs.exit_codes import REFUSED

NO_BYPASS = "nobody passes by, so the gate cannot push: `sluice init --app-id N` names its App"


@click.command()
@click.option(
    "--repo", "repository", metavar="OWNER/NAME", envvar="GITHUB_REPOSITORY", show_envvar=True, required=True,
    help="The repository on GitHub.",
)  # fmt: skip
@click.option("--apply", "act", is_flag=True, help="Do it; without this nothing is changed.")
@api_option
@root_option
@click.pass_context
def protect(ctx: click.Context, repository: str, act: bool, api: str, root: Path) -> None:
    """Let the branches be protected as .github/rulesets says (token: SLUICE_TOKEN, an administrator's).

    Without --apply it shows what would change, and ends with 1 where something would.
    """
    from sluicegate.ci.github.client import connect, token
    from sluicegate.ci.github.rulesets import apply, compare, declared
    from sluicegate.ci.scaffold.repository import GATE_PASSES, RULESETS_DIRECTORY

    wanted = declared(checkout(root).tree().root / RULESETS_DIRECTORY)
    client = connect(api, token())
    changes = compare(client, repository, wanted)
    for change in changes:
        click.echo(f"{change.kind:<7} {change.wanted['name']}")
        if change.kind != "keep":
            click.echo(click.style(change.diff(), dim=True))
        if change.wanted["name"] in GATE_PASSES and not change.wanted["bypass_actors"]:
            click.echo(f"        {NO_BYPASS}")
        if act:
            apply(client, repository, change)
    pending = [change for change in changes if change.kind != "keep"]
    if act:
        click.echo(f"{repository}: {len(pending)} of {len(changes)} rulesets changed")
    elif pending:
        click.echo(f"{repository}: nothing was changed; --apply does it")
        ctx.exit(REFUSED)
    else:
        click.echo(f"{repository}: protected as declared")
