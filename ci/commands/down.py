"""`sluice down`: end what `sluice up` runs for a repository."""

from __future__ import annotations

from pathlib import Path

import click

from sluicegate.ci.commands._checkout import checkout


@click.command()
@click.argument("directory", type=click.Path(path_type=Path), default=Path(), metavar="[DIR]")
def down(directory: Path) -> None:
    """End what `sluice up` runs for this repository, and wait until it has ended.

    Requests that have begun are answered. Releases stay as main has them: the next `up` goes on from there.
    """
    from sluicegate.embedded.up.place import Place

    running = Place(checkout(directory).tree().root).end()
    click.echo(f"ended (pid {running.pid})")
