"""`sluice status`: every release of every environment, as the branch main has it."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from sluicegate.ci.commands._checkout import NO_MAIN, Checkout, checkout, main_tree, root_option
from sluicegate.ci.commands._waiting import Waiting, waiting
from sluicegate.ci.model_reader import load
from sluicegate.ci.report.columns import in_columns
from sluicegate.ci.report.text_format import clean
from sluicegate.gate.adapters.git.command import GitError, shown
from sluicegate.gate.adapters.git.history import History
from sluicegate.gate.adapters.git.repository import MAIN, Repository
from sluicegate.gate.core.text_format import duration
from sluicegate.gate.daemon.state import State
from sluicegate.specs import layout
from sluicegate.specs.release import Release
from sluicegate.specs.repository import environments, release_at, require_model
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.submission.lineage import lineage_rows, origin


@dataclass(frozen=True)
class Row:
    """One release; versions are None where a track is empty, `since` is ISO 8601 in UTC."""

    environment: str
    model: str
    stable: int | None = None
    canary: int | None = None
    weight: int = 0
    baseline: bool = False
    step: int | None = None
    """Which step of the rollout runs, counted from 1."""
    since: str | None = None
    hold: str | None = None
    rejected: tuple[int, ...] = ()
    reason: str | None = None
    """The subject of the gate's last commit."""
    problem: str | None = None
    """Why the file could not be read."""
    overruled: tuple[str, ...] | None = None
    """Which stricter rules count for the running version, and whose; None where none runs, or not known."""


@click.command()
@click.argument("model", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--repo", metavar="URL_OR_PATH", envvar="SLUICE_REPO", show_envvar=True,
    help="The repository to read, as the gate does; `.` is this one itself [default: its origin].",
)  # fmt: skip
@root_option
def status(model: str | None, as_json: bool, repo: str | None, root: Path) -> None:
    """Show every release: versions, weight, hold, and the gate's last decision.

    With MODEL those of one model, and which run, code and dataset its version on main comes from.
    """
    tree, repository, head, source = _read(checkout(root), repo)
    if model is not None:
        require_model(tree, model)
    state = None if repository is None or head is None else State(repository, head)
    releases = list(rows(tree, state, model, with_rules=as_json))
    unjudged = [] if state is None else list(waiting(state, model))
    last = None if state is None else state.repository.log(state.tip, limit=1)[0]
    if repository is not None:
        repository.close()
    if as_json:
        plain = _plain(head, releases, unjudged)
        click.echo(
            json.dumps(plain if model is None else {**plain, "lineage": _lineage(tree, model)}, indent=2)
        )
    elif not releases:
        click.echo(
            "Nothing is released yet: no environments/*/*/release.yaml. A merged model starts the first one."
        )
    else:
        click.echo(table(releases, datetime.now(UTC)), nl=False)
    if model is not None and not as_json:
        click.echo(_comes_from(tree, model))
    if last is not None and not as_json:
        age = _age(last.at.isoformat(), datetime.now(UTC))
        click.echo(f"{source} at {last.sha[:12]}, committed {age}")
    for one in () if as_json else unjudged:
        click.secho(f"{one.model} in {one.environment}: {clean(one.reason, 400)}", fg="yellow")
    broken = [row for row in releases if row.problem]
    if broken:
        raise InputError.of(
            f"{len(broken)} release.yaml cannot be read: {broken[0].problem}",
            "revert the change: see `git log`",
        )


def _lineage(tree: Tree, model: str) -> dict[str, str]:
    """What the version of this tree declares of where it comes from, by name."""
    _, spec = load(tree, layout.model_directory(model))
    return dict(lineage_rows(spec.lineage))


def _comes_from(tree: Tree, model: str) -> str:
    _, spec = load(tree, layout.model_directory(model))
    words = origin(spec.lineage) or "nothing that model.yaml declares"
    return f"version {spec.version} on main comes from {clean(words, 400)}"


def _read(location: Checkout, repo: str | None) -> tuple[Tree, Repository | None, str | None, str]:
    """main as the gate reads it, with the repository, the commit, and what was read.

    Raises NotARepository for an address that cannot be read.
    """
    address = repo or location.origin()
    if address in (None, "."):
        other = location.branch_instead_of_main()
        what = f"{MAIN} of this repository" if other is None else f"{other} {NO_MAIN}"
        return *main_tree(location), what
    repository = Repository(str(address))
    repository.fetch()
    sha = repository.tip(MAIN)
    tree = location.tree() if sha is None else repository.tree(sha)
    return tree, repository, sha, f"{MAIN} of {shown(str(address))}"


def _plain(head: str | None, releases: list[Row], unjudged: list[Waiting]) -> dict[str, Any]:
    return {
        "head": head,
        "releases": [asdict(row) for row in releases],
        "waiting": [asdict(one) for one in unjudged],
    }


def rows(
    tree: Tree, state: State | None, only: str | None = None, *, with_rules: bool = False
) -> Iterator[Row]:
    """Every release, or those of `only` one model, in the order of the environments, then by model.

    `state` is that of the commit of which `tree` has the files, None for files that are on disk alone.
    `with_rules`: also what is overruled, for which the history of each running model is read.
    """
    deployments = [
        (deployment.environment, deployment.model, entry.path)
        for entry in tree.entries(layout.ENVIRONMENTS)
        if (deployment := layout.released_by(entry.path)) is not None
        and deployment.model is not None
        and only in (None, deployment.model)
    ]
    order = list(environments(tree).specs)

    def position(deployment: tuple[str, str, str]) -> tuple[int, str, str]:
        environment, model, _ = deployment
        index = order.index(environment) if environment in order else len(order)
        return index, environment, model

    deployments.sort(key=position)
    decisions = _last_decisions(state, {path for _, _, path in deployments})
    for environment, model, path in deployments:
        try:
            # What the state has read is not read again to find out who waits for a verdict.
            release = release_at(tree, path) if state is None else state.release(environment, model)
        except InputError as error:
            yield Row(environment, model, problem=str(error.problems[0]))
            continue
        except GitError as error:
            yield Row(environment, model, problem=f"{path}: {error}")
            continue
        row = _row(release, decisions.get(path))
        if with_rules and state is not None:
            row = replace(row, overruled=_overruled(state, release))
        yield row


def _last_decisions(state: State | None, paths: set[str]) -> dict[str, str]:
    """The subject of the last commit that changed each release; none outside of a repository.

    The history is read no further back than to the oldest of them.
    """
    subjects: dict[str, str] = {}
    if state is None or not paths:
        return subjects
    with closing(History(state.repository.directory, state.tip, layout.ENVIRONMENTS)) as history:
        for step in history:
            for change in step.changes:
                if change.path in paths:
                    subjects.setdefault(change.path, step.subject)
            if len(subjects) == len(paths):
                break
    return subjects


def _overruled(state: State, release: Release) -> tuple[str, ...] | None:
    """What `sluice gate plan` says of the rules of the running version."""
    from sluicegate.gate.daemon.evaluate import environment_of
    from sluicegate.gate.daemon.exam import exam

    if release.canary is None:
        return None
    try:
        environment, _ = environment_of(state, release, None)
        return exam(state, release.canary, release, environment).policy.overruled
    except (InputError, GitError):
        return None


def _row(release: Release, reason: str | None) -> Row:
    is_running = release.canary is not None and release.weight > 0
    return Row(
        environment=release.environment,
        model=release.model,
        stable=None if release.stable is None else release.stable.version,
        canary=None if release.canary is None else release.canary.version,
        weight=release.weight,
        baseline=release.baseline,
        step=sum(step.weight > 0 for step in release.counts) + 1 if is_running else None,
        since=None if release.since is None else release.since.astimezone(UTC).isoformat(timespec="seconds"),
        hold=None if release.hold is None else release.hold.reason,
        rejected=tuple(rejection.version for rejection in release.rejected),
        reason=reason,
    )


def _beside(row: Row) -> str:
    """A baseline has as much as the canary."""
    return f" + {row.weight} % baseline" if row.baseline else ""


_COLUMNS = ("environment", "model", "stable", "canary", "weight", "step", "since", "hold", "last decision")
_WRAPPED = (_COLUMNS.index("hold"), _COLUMNS.index("last decision"))
_NOTHING = "–"


def table(releases: list[Row], now: datetime) -> str:
    """The rows for a terminal; colour only on one."""
    is_terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if is_terminal else 150
    heading, *bodies = in_columns([_COLUMNS, *(_cells(row, now) for row in releases)], width, _WRAPPED)
    lines = [_coloured(line, {"dim": True}, is_terminal) for line in heading]
    for row, body in zip(releases, bodies, strict=True):
        lines += [_coloured(line, _style(row), is_terminal) for line in body]
    return "\n".join(lines) + "\n"


def _coloured(line: str, style: Mapping[str, Any], is_terminal: bool) -> str:
    return click.style(line, **style) if is_terminal and style else line


def _style(row: Row) -> Mapping[str, Any]:
    if row.problem:
        return {"fg": "red"}
    if row.hold:
        return {"fg": "yellow"}
    return {"fg": "green"} if row.canary else {}


def _cells(row: Row, now: datetime) -> tuple[str, ...]:
    """The texts of one row, in the order of the columns."""
    return (
        clean(row.environment, 63),
        clean(row.model, 63),
        _NOTHING if row.stable is None else f"v{row.stable}",
        _NOTHING if row.canary is None else f"v{row.canary}",
        _NOTHING if row.canary is None else f"{row.weight} %{_beside(row)}",
        _NOTHING if row.step is None else str(row.step),
        _NOTHING if row.since is None else _age(row.since, now),
        clean(row.hold or _NOTHING, 200),
        clean(row.problem or row.reason or _NOTHING, 200),
    )


def _age(since: str, now: datetime) -> str:
    seconds = (now - datetime.fromisoformat(since)).total_seconds()
    return f"{duration(seconds)} ago"
