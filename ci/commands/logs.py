"""`sluice logs`: what `sluice up` and its processes wrote."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path
from typing import BinaryIO

import click

from sluicegate.ci.commands._checkout import checkout, root_option
from sluicegate.specs.yamlio import InputError

_POLL_SECONDS = 0.3
LINES = 200
"""Of a log, from its end."""


@click.command()
@click.argument("name", required=False, metavar="[NAME]")
@click.option("-f", "--follow", is_flag=True, help="Go on with what is written from now on, until Ctrl-C.")
@root_option
def logs(name: str | None, follow: bool, root: Path) -> None:
    """Show a log of `sluice up`: its own, or that of one process.

    NAME is `up`, the default; an environment, for its supervisor; a server, such as MODEL-stable-1; a load,
    or a judgement.
    """
    from sluicegate.embedded.up.place import Place

    place = Place(checkout(root).tree().root)
    found = _found(place.folder)
    wanted = name or "up"
    names = [wanted] if wanted in found else [one for one in found if one.startswith(wanted)]
    if not names:
        there = f"there are {', '.join(found)}" if found else "start it with `sluice up`"
        raise InputError.of(f"`sluice up` wrote no log {wanted!r}", there)
    if len(names) > 1 and follow:
        raise InputError.of(f"{wanted!r} begins {', '.join(names)}", "name one to follow")
    for one in names:
        with found[one].open("rb") as stream:
            if len(names) > 1:
                click.echo(f"== {one}")
            for line in deque(stream, LINES):
                click.echo(line.decode("utf-8", "replace"), nl=False)
            if follow:
                _follow(found[one], stream)


def _found(folder: Path) -> dict[str, Path]:
    """Every log, by name."""
    found = {path.stem: path for path in sorted((folder / "logs").glob("*.log"))}
    for path in sorted(folder.glob("runtime/*/runtime.log")):
        found[path.parent.name] = path
    for pattern in ("runtime/*/logs/*.log", "verdicts/*.log"):
        found |= {path.stem: path for path in sorted(folder.glob(pattern))}
    return found


def _follow(path: Path, stream: BinaryIO) -> None:
    """Echo what is appended; after a rotation, the new file from its start."""
    while True:
        for line in stream:
            click.echo(line.decode("utf-8", "replace"), nl=False)
        time.sleep(_POLL_SECONDS)
        if path.exists() and path.stat().st_size < stream.tell():
            stream.seek(0)
