"""`sluice status`: every release of every environment, as the branch main has it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from sluicegate.ci.commands._checkout import checkout, main_tree, root_option
from sluicegate.ci.report.text_format import clean
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.core.text_format import duration
from sluicegate.specs import layout
from sluicegate.specs.release import Release
from sluicegate.specs.release_file import read as read_release
from sluicegate.specs.repository import environments, read
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
    """Show every release: versions, weight, hold, and the gate's last decision."""
    tree, repository, head = main_tree(checkout(root))
    releases = list(rows(tree, repository, head))
    if repository is not None:
        repository.close()
    if as_json:
        click.echo(json.dumps({"head": head, "releases": [asdict(row) for row in releases]}, indent=2))
    elif not releases:
        click.echo(
            "Nothing is released yet: no environments/*/*/release.yaml. A merged model starts the first one."
        )
    else:
        click.echo(table(releases, datetime.now(UTC)), nl=False)
    broken = [row for row in releases if row.problem]
    if broken:
        raise InputError.of(
            f"{len(broken)} release.yaml cannot be read: {broken[0].problem}",
            "revert the change: see `git log`",
        )


def rows(tree: Tree, repository: Repository | None, head: str | None) -> Iterator[Row]:
    """Every release, in the order of the environments, then by model."""
    deployments = [
        (deployment.environment, deployment.model, entry.path)
        for entry in tree.entries(layout.ENVIRONMENTS)
        if (deployment := layout.released_by(entry.path)) is not None and deployment.model is not None
    ]
    order = list(environments(tree).specs)

    def position(deployment: tuple[str, str, str]) -> tuple[int, str, str]:
        environment, model, _ = deployment
        index = order.index(environment) if environment in order else len(order)
        return index, environment, model

    for environment, model, path in sorted(deployments, key=position):
        try:
            release = read_release(read(tree, path))
        except InputError as error:
            yield Row(environment, model, problem=str(error.problems[0]))
            continue
        yield _row(release, _last_decision(repository, head, path))


def _last_decision(repository: Repository | None, head: str | None, path: str) -> str | None:
    """The subject of the last commit that changed a release; None outside of a repository."""
    if repository is None or head is None:
        return None
    log = repository.log(head, path, limit=1)
    return log[0].message.partition("\n")[0] if log else None


def _row(release: Release, reason: str | None) -> Row:
    is_running = release.canary is not None and release.weight > 0
    return Row(
        environment=release.environment,
        model=release.model,
        stable=None if release.stable is None else release.stable.version,
        canary=None if release.canary is None else release.canary.version,
        weight=release.weight,
        step=len(release.counts) + 1 if is_running else None,
        since=None if release.since is None else release.since.astimezone(UTC).isoformat(timespec="seconds"),
        hold=None if release.hold is None else release.hold.reason,
        rejected=tuple(rejection.version for rejection in release.rejected),
        reason=reason,
    )


_COLUMNS = ("environment", "model", "stable", "canary", "weight", "step", "since", "hold", "last decision")
_WRAPPED = ("hold", "last decision")
_NOTHING = "–"


def table(releases: list[Row], now: datetime) -> str:
    """The rows for a terminal; colour only on one."""
    import io
    import sys

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    colour = sys.stdout.isatty()
    out = io.StringIO()
    console = Console(
        file=out,
        width=shutil.get_terminal_size().columns if colour else 150,
        force_terminal=colour,
        color_system="standard" if colour else None,
    )
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in _COLUMNS:
        shown.add_column(heading, no_wrap=heading not in _WRAPPED)
    for row in releases:
        shown.add_row(*(Text(cell) for cell in _cells(row, now)), style=_style(row))
    console.print(shown)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _style(row: Row) -> str:
    if row.problem:
        return "red"
    if row.hold:
        return "yellow"
    return "green" if row.canary else ""


def _cells(row: Row, now: datetime) -> tuple[str, ...]:
    """The texts of one row, in the order of the columns."""
    return (
        clean(row.environment, 63),
        clean(row.model, 63),
        _NOTHING if row.stable is None else f"v{row.stable}",
        _NOTHING if row.canary is None else f"v{row.canary}",
        _NOTHING if row.canary is None else f"{row.weight} %",
        _NOTHING if row.step is None else str(row.step),
        _NOTHING if row.since is None else _age(row.since, now),
        clean(row.hold or _NOTHING, 200),
        clean(row.problem or row.reason or _NOTHING, 200),
    )


def _age(since: str, now: datetime) -> str:
    seconds = (now - datetime.fromisoformat(since)).total_seconds()
    return f"{duration(seconds)} ago"
