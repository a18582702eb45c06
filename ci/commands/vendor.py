"""`sluice vendor`: the charts of this release in a repository, with what an edit is told by."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sluicegate.ci.commands._checkout import checkout, root_option, write_whole
from sluicegate.specs.yamlio import InputError

if TYPE_CHECKING:
    from sluicegate.ci.scaffold.vendored import Vendored

PEOPLES = ("edited", "added")
_WRITTEN = ("new", "outdated", "edited")
_VERBS = {
    "new": "write", "outdated": "renew", "edited": "overwrite", "leftover": "remove", "added": "remove",
}  # fmt: skip


@click.command()
@click.option(
    "--check", "compare", is_flag=True,
    help="Write nothing; exit 1 where the charts are not as this release writes them.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Overwrite and remove what a person edited or added.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, with the diff, and write nothing.")
@root_option
def vendor(compare: bool, force: bool, dry_run: bool, root: Path) -> None:
    """Write the charts and the schemas that they are checked against into charts/, as this release has them.

    charts/SHA256SUMS says what was written. Files that a person edited since are named, and nothing is
    written over them without --force. Argo CD's manifests are written where they are missing.
    """
    from sluicegate.ci.scaffold.vendored import compared

    tree = checkout(root).tree()
    files = compared(tree)
    if compare:
        _require_same(files)
        return
    require_unedited(files, force=force)
    if dry_run:
        click.echo(diff(files), nl=False)
        _say(files, "would ")
        click.echo("nothing was written")
        return
    write(tree.root, files)
    _say(files, "")


def require_unedited(files: Sequence[Vendored], *, force: bool) -> None:
    """Raises InputError for files that a person edited or added, unless by `force`."""
    if not force and (named := _named(files, PEOPLES)):
        raise InputError.of(
            f"edited since they were written: {named}",
            "keep such changes in environments/*/values.yaml, or overwrite them with --force",
        )


def _require_same(files: Sequence[Vendored]) -> None:
    """Raises InputError where anything is not as this release writes it."""
    from sluicegate import __version__

    if named := _named(files, PEOPLES):
        raise InputError.of(
            f"edited since they were written: {named}",
            "keep such changes in environments/*/values.yaml; sluice vendor --force writes them again",
        )
    if named := _named([file for file in files if file.state != "kept"], ("new", "outdated", "leftover")):
        raise InputError.of(f"not the charts of {__version__}: {named}", "run `sluice vendor`, and commit it")
    click.echo(f"all {len(files)} files of the charts are as {__version__} writes them")


def _named(files: Sequence[Vendored], states: Sequence[str]) -> str:
    paths = [
        f"{file.path}{' (added)' if file.state == 'added' else ''}" for file in files if file.state in states
    ]
    return ", ".join(paths[:5]) + (f" and {len(paths) - 5} more" if len(paths) > 5 else "")


def write(root: Path, files: Sequence[Vendored]) -> None:
    """Write what differs, and remove what this release no longer has. Raises InputError."""
    for file in files:
        if file.state in _WRITTEN and file.text is not None:
            write_whole(root / file.path, file.text)
        elif file.state in ("leftover", "added"):
            (root / file.path).unlink()


def diff(files: Sequence[Vendored]) -> str:
    """What `write` would change, as a unified diff."""
    return "".join(
        unified(file.path, (file.found or b"").decode(errors="replace"), file.text or "")
        for file in files
        if file.state in _VERBS
    )


def unified(path: str, before: str, after: str) -> str:
    """The difference of one file; empty where there is none."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{path}", f"b/{path}"
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def _say(files: Sequence[Vendored], would: str) -> None:
    for (folder, state), count in sorted(Counter((_folder(file.path), file.state) for file in files).items()):
        verb = f"{would}{_VERBS[state]}" if state in _VERBS else state
        click.echo(f"{verb:<15} {folder} ({count})")


def _folder(path: str) -> str:
    parts = path.split("/")
    return "/".join(parts[:2]) + ("/" if len(parts) > 2 else "")
