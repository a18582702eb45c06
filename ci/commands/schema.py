"""`sluice schema`: the committed JSON Schemas, generated from what specs, checks and gate metrics declare."""

from __future__ import annotations

from pathlib import Path

import click

from sluicegate.ci.commands._checkout import checkout, root_option, write_whole
from sluicegate.ci.key_reference import key_reference
from sluicegate.ci.model_reader import by_file, schemas
from sluicegate.specs.yamlio import InputError


@click.command()
@click.option(
    "--check", "compare", is_flag=True, help="Write nothing; exit 1 where a committed file differs."
)
@click.option(
    "--markdown", is_flag=True, help="Write nothing; print docs/keys.md, the reference of all keys."
)
@root_option
def schema(compare: bool, markdown: bool, root: Path) -> None:
    """Write the JSON Schemas, or compare the committed ones."""
    if markdown:
        click.echo(key_reference(by_file()), nl=False)
        return
    top = checkout(root).tree().root
    declared = schemas()
    stale = [path for path, text in declared.items() if _text(top / path) != text]
    if compare and stale:
        raise InputError.of(
            f"not what the code declares: {', '.join(stale)}", "run `sluice schema` and commit the result"
        )
    for path in stale:
        write_whole(top / path, declared[path])
        click.echo(f"wrote {path}")
    if not stale:
        click.echo(f"all {len(declared)} schemas match what the code declares")


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
