"""`sluice status`: every release of every environment, as the branch main has them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from sluicegate.ci.commands._checkout import checkout, main_tree, root_option
from sluicegate.ci.registry import read_document
from sluicegate.ci.report.text_format import clean
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.core import text_format as words
from sluicegate.specs import layout
from sluicegate.specs.release_file import read as read_release
from sluicegate.specs.repository import environments
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import InputError


@dataclass(frozen=True)
class Row:
    """One release; versions are None where a track is empty, `since` is ISO 8601 in UTC."""

    environment: str
    model: str
    stable: int | None = None
    canary: int | None = None
    weight: int = 0
    step: int | None = None
    """Which step of the rollout runs, counted from 1."""
    since: str | None = None
    hold: str | None = None
    rejected: tuple[int, ...] = ()
    reason: str | None = None
    """The subject of the gate's last commit."""
    problem: str | None = None
    """Why the file could not be read."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@root_option
def status(as_json: bool, root: Path) -> None:
    """Show every release: versions, weights, holds."""
    tree, repository, head = main_tree(checkout(root))
    found = list(rows(tree, repository, head))
    if repository is not None:
        repository.close()
    if as_json:
        click.echo(json.dumps({"head": head, "releases": [asdict(row) for row in found]}, indent=2))
    elif not found:
        click.echo(
            "Nothing is released yet: no environments/*/*/release.yaml. A merged model starts the first one."
        )
    else:
        click.echo(table(found, datetime.now(UTC)), nl=False)
    broken = [row for row in found if row.problem]
    if broken:
        raise InputError.of(
            f"{len(broken)} release.yaml cannot be read: {broken[0].problem}",
            "take back the change: see `git log`",
        )


def rows(tree: Tree, repository: Repository | None, head: str | None) -> Iterator[Row]:
    """Every release, in the order of the environments, then by model."""
    order = list(environments(tree).specs)

    def position(path: str) -> tuple[int, str]:
        name = path.split("/")[1]
        return (order.index(name) if name in order else len(order), path)

    paths = [entry.path for entry in tree.entries(layout.ENVIRONMENTS) if layout.released_by(entry.path)]
    for path in sorted(paths, key=position):
        _, environment, model, _ = path.split("/")
        try:
            release = read_release(read_document(tree, path))
        except InputError as error:
            yield Row(environment, model, problem=str(error.problems[0]))
            continue
        log = repository.log(head, path, limit=1) if repository is not None and head is not None else []
        yield Row(
            environment=environment,
            model=model,
            stable=release.stable.version if release.stable else None,
            canary=release.canary.version if release.canary else None,
            weight=release.weight,
            step=len(release.counts) + 1 if release.canary and release.weight else None,
            since=release.since.astimezone(UTC).isoformat(timespec="seconds") if release.since else None,
            hold=release.hold.reason if release.hold else None,
            rejected=tuple(rejection.version for rejection in release.rejected),
            reason=log[0].message.partition("\n")[0] if log else None,
        )


def table(found: list[Row], now: datetime) -> str:
    """The rows for a terminal; colour only on one."""
    import io
    import sys

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    colour = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if colour else 150
    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=colour, color_system="standard" if colour else None
    )
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in (
        "environment",
        "model",
        "stable",
        "canary",
        "weight",
        "step",
        "since",
        "hold",
        "last decision",
    ):
        shown.add_column(heading, no_wrap=heading not in ("hold", "last decision"))
    for row in found:
        age = (
            words.duration((now - datetime.fromisoformat(row.since)).total_seconds()) + " ago"
            if row.since
            else "–"
        )
        style = "red" if row.problem else "yellow" if row.hold else "green" if row.canary else ""
        cells = (
            clean(row.environment, 63),
            clean(row.model, 63),
            "–" if row.stable is None else f"v{row.stable}",
            "–" if row.canary is None else f"v{row.canary}",
            f"{row.weight} %" if row.canary is not None else "–",
            "–" if row.step is None else str(row.step),
            age,
            clean(row.hold or "–", 200),
            clean(row.problem or row.reason or "–", 200),
        )
        shown.add_row(*(Text(cell) for cell in cells), style=style)
    console.print(shown)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"
