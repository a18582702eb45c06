"""`sluice schema`: the committed JSON Schemas, from what specs, checks and gate metrics declare."""

from __future__ import annotations

from pathlib import Path

import click

from sluicegate.ci.commands._checkout import checkout, root_option, write_whole
from sluicegate.ci.model_reader import schemas
from sluicegate.specs.yamlio import InputError


@click.command()
@click.option(
    "--check", "compare", is_flag=True, help="Write nothing; exit 1 where a committed file differs."
)
@root_option
def schema(compare: bool, root: Path) -> None:
    """Write the JSON Schemas, or compare the committed ones."""
    top = checkout(root).tree().root
    stale = [path for path, text in schemas().items() if _text(top / path) != text]
    if compare and stale:
        raise InputError.of(
            f"{', '.join(stale)} differs from what the code declares", "run `sluice schema` and commit it"
        )
    for path in stale:
        write_whole(top / path, schemas()[path])
        click.echo(f"wrote {path}")
    if not stale:
        click.echo(f"{len(schemas())} schemas are as the code declares them")


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
