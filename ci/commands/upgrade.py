"""`sluice upgrade`: a repository of models moves to the release that is installed; the diff first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sluicegate.ci.commands import vendor
from sluicegate.ci.commands._checkout import checkout, root_option, write_whole
from sluicegate.specs import layout
from sluicegate.specs.yamlio import InputError

if TYPE_CHECKING:
    from sluicegate.ci.scaffold.upgrade import Change
    from sluicegate.ci.scaffold.vendored import Vendored


@click.command()
@click.option("--to", "version", metavar="VERSION", help="The release to move to [default: this one].")
@click.option(
    "--action", metavar="OWNER/SLUICEGATE[@COMMIT]",
    help="The action of the workflows [default: the one that they name, at the commit of this `sluice`].",
)  # fmt: skip
@click.option("--apply", is_flag=True, help="Write it; without, the diff is printed and nothing is written.")
@click.option("--force", is_flag=True, help="Overwrite and remove what a person edited or added in charts/.")
@root_option
def upgrade(version: str | None, action: str | None, apply: bool, force: bool, root: Path) -> None:
    """Move what a repository holds of Sluicegate to the release that is installed here.

    That is the pins in requirements, pyproject.toml, pre-commit and workflows, the schemas for editors, the
    vendored charts, and the charts that environments take from a registry. Files that a person edited are
    named, and kept where that person's part cannot be told from ours.
    """
    from sluicegate import __version__
    from sluicegate.ci.scaffold.upgrade import upgrade as planned
    from sluicegate.ci.scaffold.vendored import compared

    wanted = (version or __version__).removeprefix("v")
    if wanted != __version__:
        raise InputError.of(
            f"this is sluice {__version__}, which knows the files of its own release alone",
            f"install the other one (pip install 'sluicegate=={wanted}'), and run it again",
            where="--to",
        )
    tree = checkout(root).tree()
    found = planned(tree.root, action)
    charts = compared(tree) if tree.entries(f"{layout.SERVING_CHART}/Chart.yaml") else []
    edited = [file for file in charts if file.state in vendor.PEOPLES]
    _show(found.changes, charts)
    for reason in found.left:
        click.echo(f"left  {reason}")
    for file in edited:
        click.echo(f"{'lost' if force else 'edited'}  {file.path}: a person {file.state} it")
    if not apply:
        click.echo("nothing was written: see the diff, then --apply")
        return
    vendor.require_unedited(charts, force=force)
    for change in found.changes:
        write_whole(tree.root / change.path, change.after)
    vendor.write(tree.root, charts)
    click.echo(f"moved to {__version__}: commit it as a pull request of its own")


def _show(changes: list[Change], charts: list[Vendored]) -> None:
    """The diff of everything; a line where nothing differs."""
    diff = "".join(vendor.unified(change.path, change.before, change.after) for change in changes)
    diff += vendor.diff(charts)
    click.echo(diff or "everything is as this release has it\n", nl=False)
