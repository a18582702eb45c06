"""`sluice init`: a repository of models that works at once, written into a folder; nothing is overwritten."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sluicegate.ci.commands._checkout import NO_MAIN, checkout, write_whole
from sluicegate.ci.commands._cluster_options import cluster_of, cluster_options
from sluicegate.specs.yamlio import InputError

if TYPE_CHECKING:
    from sluicegate.ci.scaffold.environment import Cluster
    from sluicegate.ci.scaffold.files import Planned
    from sluicegate.ci.scaffold.repository import Setup

_OWNER = re.compile(r"@[A-Za-z0-9-]+(/[A-Za-z0-9._-]+)?|[^\s@#]+@[^\s@#]+")
_ADDRESS = re.compile(r".*<([^<>]+)>")
NO_ACTION = (
    "no workflows: it is not known which copy of Sluicegate's repository your jobs may use; run it again "
    "with --action OWNER/SLUICEGATE@COMMIT"
)
WORKFLOWS = ".github/workflows/"
NO_OWNER = "no CODEOWNERS: nobody is named, and git has no user here; run it again with --owner @WHO"


@click.command()
@click.argument(
    "directory", type=click.Path(path_type=Path, file_okay=False), default=Path(), metavar="[DIR]"
)
@click.option(
    "--environment", default="prod", show_default=True, metavar="NAME", help="The first environment's name."
)
@cluster_options
@click.option(
    "--github/--no-github", default=True, show_default=True,
    help="What GitHub needs: workflows, CODEOWNERS, templates, dependabot, rulesets.",
)  # fmt: skip
@click.option(
    "--action", metavar="OWNER/SLUICEGATE[@COMMIT]",
    help="The repository on GitHub whose action judges, by default at the commit of this `sluice` itself; "
    "`./ci` in Sluicegate's own repository [default: where pip installed it from].",
)  # fmt: skip
@click.option(
    "--owner", "owners", multiple=True, metavar="@WHO",
    help="Who approves changes of environments and workflows: @login, @organization/team or an e-mail "
    "address; repeatable [default: git's user].",
)  # fmt: skip
@click.option(
    "--app-id", type=click.IntRange(min=1), metavar="N",
    help="The id of your GitHub App: its verdict alone counts, and the gate, which is it, may push releases "
    "[default: the one that the rulesets name].",
)  # fmt: skip
@click.option(
    "--update", is_flag=True, help="Write workflows, rulesets and charts again, as this release has them."
)
@click.option(
    "--add", is_flag=True, help="Write into a folder that holds other files, too; all of them stay."
)
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def init(  # noqa: PLR0917 - click passes them by name
    directory: Path,
    environment: str,
    cluster: bool,
    github: bool,
    action: str | None,
    owners: tuple[str, ...],
    app_id: int | None,
    update: bool,
    add: bool,
    dry_run: bool,
    as_json: bool,
    **given: str | None,
) -> None:
    """Write a repository of models that works at once: models/, an environment, CI, and what git needs.

    The environment runs on this machine (`embedded`); with --cluster it is one of a cluster with Argo CD, and
    the charts are written beside it. What is there is kept, edited or not; --update renews workflows,
    rulesets and charts. Rulesets and CODEOWNERS that nobody edited take up --app-id and --owner when these
    are known. Nothing is committed, nothing is sent.
    """
    from sluicegate.ci.scaffold.repository.whole import Wanted, init_plan

    notes: list[str] = []
    setup = _setup(directory, action, owners, app_id, notes) if github else None
    where = cluster_of(cluster, given, environment, _origin(directory))
    _require_first(directory, where)
    plan = init_plan(directory, Wanted(environment, where, setup, update))
    writes = [file for file in plan.files if file.is_written]
    if plan.others and not add and writes and not dry_run:
        raise _refused(directory, plan.others, writes)
    if not dry_run:
        notes = _begin(directory, notes)
        for file in writes:
            write_whole(directory / file.path, file.text)
    if as_json:
        click.echo(_json(directory, plan.files, notes, dry_run))
    else:
        _say(plan.files, notes, dry_run)


def _require_first(directory: Path, cluster: Cluster | None) -> None:
    """Raises click.UsageError where the cluster's environment would be another than the first."""
    from sluicegate.specs.repository import environments
    from sluicegate.specs.tree import WorkTree

    if cluster is not None and directory.is_dir() and environments(WorkTree(directory)).names:
        raise click.UsageError(
            "there are environments already; add one: sluice new environment NAME --cluster"
        )


def _refused(directory: Path, others: list[str], writes: list[Planned]) -> InputError:
    more = f" and {len(others) - 5} more" if len(others) > 5 else ""
    return InputError.of(
        f"{directory.resolve()} holds other files: {', '.join(others[:5])}{more}; it would add "
        f"{', '.join(_grouped(writes))}",
        "name a new folder, or say --add: it overwrites nothing",
    )


def _begin(directory: Path, notes: list[str]) -> list[str]:
    """The folder, with git in it; the notes with what was done."""
    from sluicegate.gate.adapters.git.command import run

    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError.of(f"{directory} cannot be made: {error.strerror}", "name another folder") from error
    if (directory / ".git").exists():
        branch = checkout(directory).branch_instead_of_main()
        return notes if branch is None else [f"the branch is {branch} {NO_MAIN}", *notes]
    run(None, "init", "--quiet", "--initial-branch=main", cwd=directory)
    return ["git init: the branch is main", *notes]


def _origin(directory: Path) -> str | None:
    return checkout(directory).origin() if (directory / ".git").exists() else None


_VERBS = {"new": "wrote", "outdated": "renewed", "unchanged": "unchanged", "yours": "kept"}


def _say(files: list[Planned], notes: list[str], dry_run: bool) -> None:
    verbs = {"new": "would write", "outdated": "would renew"} if dry_run else {}
    verbs = {**_VERBS, **verbs}
    width = max(map(len, verbs.values()))
    for line in _lines(files, verbs, width):
        click.echo(line)
    for note in notes:
        click.echo(f"- {note}")
    if dry_run:
        click.echo("nothing was written")
    elif any(file.is_written for file in files):
        click.echo(
            "then: git add --all && git commit -m 'Begin'; `sluice new model` writes a model's directory"
        )
        if any(file.path.startswith(WORKFLOWS) for file in files):
            click.echo("      after the merge `sluice github protect` applies the rulesets")


def _lines(files: list[Planned], verbs: dict[str, str], width: int) -> list[str]:
    """A line for each file; one for all of a chart."""
    lines = [
        f"{verbs[file.state]:<{width}}  {file.path}{' (yours)' if file.state == 'yours' else ''}"
        for file in files
        if _chart(file.path) is None or file.state == "yours"
    ]
    counts = Counter(
        (folder, file.state) for file in files if (folder := _chart(file.path)) and file.state != "yours"
    )
    return lines + [
        f"{verbs[state]:<{width}}  {folder}/ ({count} files)" for (folder, state), count in counts.items()
    ]


def _chart(path: str) -> str | None:
    """The folder below charts/ that a file belongs to."""
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "charts" and len(parts) > 2 else None


def _grouped(files: list[Planned]) -> list[str]:
    """The paths, with one name for all of a chart."""
    return list(dict.fromkeys(f"{folder}/" if (folder := _chart(file.path)) else file.path for file in files))


def _json(directory: Path, files: list[Planned], notes: list[str], dry_run: bool) -> str:
    shown = [{"path": file.path, "state": file.state} for file in files]
    return json.dumps(
        {"directory": str(directory.resolve()), "dry_run": dry_run, "files": shown, "notes": notes}, indent=2
    )


def _setup(
    directory: Path, action: str | None, owners: tuple[str, ...], app_id: int | None, notes: list[str]
) -> Setup:
    """What is known for GitHub's files; what is not is noted. Raises InputError, click.BadParameter."""
    from sluicegate.ci.scaffold.repository import Setup, known_app
    from sluicegate.ci.scaffold.repository.action import uses

    for owner in owners:
        if not _OWNER.fullmatch(owner):
            raise click.BadParameter(f"{owner!r} is neither @login, @organization/team nor an e-mail address")
    used = uses(action)
    if used is None:
        notes.append(NO_ACTION)
    user = _git_user(directory)
    owners = owners or user
    if not owners:
        notes.append(NO_OWNER)
    return Setup(used, owners, _owners(directory), app_id or known_app(directory), user)


def _git_user(directory: Path) -> tuple[str, ...]:
    """The e-mail address of git's user, as CODEOWNERS takes it; none where git has none."""
    from sluicegate.gate.adapters.git.identity import identity

    match = _ADDRESS.fullmatch(identity(directory if directory.is_dir() else Path()) or "")
    return (match[1],) if match and _OWNER.fullmatch(match[1]) else ()


def _owners(directory: Path) -> dict[str, tuple[str, ...]]:
    """By model, the owners that its model.yaml names, where GitHub knows all of them.

    Raises InputError for a model that cannot be read.
    """
    from sluicegate.ci.model_reader import load
    from sluicegate.specs import layout
    from sluicegate.specs.repository import models
    from sluicegate.specs.tree import WorkTree

    if not directory.is_dir():
        return {}
    found = {}
    tree = WorkTree(directory)
    for name in models(tree):
        _, spec = load(tree, layout.model_directory(name))
        unknown = [owner for owner in spec.owners if not _OWNER.fullmatch(owner)]
        if unknown:
            click.echo(
                f"models/{name}: {unknown[0]!r} is no owner that GitHub knows; write @login or a team",
                err=True,
            )
        else:
            found[name] = tuple(spec.owners)
    return found
