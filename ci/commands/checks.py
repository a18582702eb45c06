"""`sluice checks`: what is judged, why, and the remedy."""

from __future__ import annotations

import json

import click

from sluicegate.validators.runner.registry import FAMILIES
from sluicegate.validators.runner.registry import checks as registered


@click.command()
@click.option("--family", type=click.Choice(FAMILIES), help="Only the checks of this family.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def checks(family: str | None, as_json: bool) -> None:
    """List the checks: what each judges, why, and the remedy."""
    chosen = [check for check in registered().values() if family in (None, check.family)]
    if as_json:
        rows = [
            {
                "check": check.id,
                "family": check.family,
                "scope": check.scope,
                "waivable": check.waivable,
                "title": check.title,
                "explanation": check.explanation,
                "remedy": check.remedy,
                "section": check.section,
            }
            for check in chosen
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    before = None
    for check in chosen:
        if check.family != before:
            click.secho(f"{check.family}", bold=True)
            before = check.family
        scope = "" if check.scope == "model" else f" (of the {check.scope})"
        click.echo(f"  {click.style(check.id, fg='cyan')}{scope}  {check.title}")
        if check.explanation:
            click.echo(_wrapped(check.explanation))
        click.echo(_wrapped(f"→ {check.remedy}"))


def _wrapped(text: str) -> str:
    return click.wrap_text(text, 100, " " * 6, " " * 6, preserve_paragraphs=True)
