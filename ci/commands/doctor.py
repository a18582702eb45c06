"""`sluice doctor`: what is missing on this machine, for what, and the command that helps."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from sluicegate.ci.commands._checkout import checkout, root_option
from sluicegate.specs.exit_codes import REFUSED

if TYPE_CHECKING:
    from pathlib import Path

    from sluicegate.ci.doctor import Line

_COLOURS = {"ok": "green", "missing": "red", "not needed": "bright_black"}


@click.command()
@click.option(
    "--repo", "repository", metavar="OWNER/NAME", envvar="GITHUB_REPOSITORY", show_envvar=True,
    help="Look at this repository on GitHub as well: token, rights, branch rules.",
)  # fmt: skip
@click.option(
    "--api", metavar="URL", envvar="GITHUB_API_URL", show_envvar=True, default="https://api.github.com",
    show_default=True, help="GitHub's REST API.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@root_option
@click.pass_context
def doctor(ctx: click.Context, repository: str | None, api: str, as_json: bool, root: Path) -> None:
    """Say what is missing here, for what, and how to have it.

    Ends with 1 only where something is missing that this repository's own files need.
    """
    from sluicegate.ci.doctor import Patient, examine

    found = list(examine(Patient(checkout(root).tree().root, repository, api)))
    lacking = [one for one in found if one.state == "missing" and one.needed]
    if as_json:
        click.echo(json.dumps({"lines": [asdict(one) for one in found], "missing": len(lacking)}, indent=2))
    else:
        for text in _lines(found):
            click.echo(text)
        said = ", ".join(dict.fromkeys(one.name for one in lacking))
        click.echo(f"missing: {said}" if lacking else "nothing is missing that this repository needs")
    if lacking:
        ctx.exit(REFUSED)


def _lines(found: list[Line]) -> list[str]:
    """A line for each, and the remedy below what is missing."""
    from sluicegate.ci.report.columns import in_columns
    from sluicegate.ci.report.text_format import clean

    width = shutil.get_terminal_size((110, 24)).columns if sys.stdout.isatty() else 130
    rows = [(one.state, one.name, clean(one.found, 200), f"for: {one.purpose}") for one in found]
    texts = []
    for one, cells in zip(found, in_columns(rows, width, (2, 3)), strict=True):
        state, rest = cells[0][:10], cells[0][10:]
        texts += [click.style(state, fg=_COLOURS[one.state]) + rest, *cells[1:]]
        if one.state == "missing":
            texts.append(f"{'':12}-> {clean(one.remedy, 300)}")
    return texts
