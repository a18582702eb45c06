"""`sluice validate`: the models of the work tree, or what a change between two commits brings."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click

from sluicegate.ci.commands._checkout import (
    Checkout,
    checkout,
    commit,
    file_to_write,
    merge_base,
    model_names,
    nearest,
    root_option,
    split_range,
    write_whole,
)
from sluicegate.ci.commands._placements import placements
from sluicegate.ci.commands._progress import shown_progress
from sluicegate.ci.commands._surroundings import environment_paths, last_environment, surroundings
from sluicegate.ci.model_reader import load
from sluicegate.ci.report import formats, render
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.specs.exit_codes import CRASHED, REFUSED, SUCCESS
from sluicegate.specs.release_file import read as read_release
from sluicegate.specs.repository import read as read_document
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.runner.candidate import Candidate
from sluicegate.validators.runner.changes import Changes, changes
from sluicegate.validators.runner.finding import Finding, Report, Verdict
from sluicegate.validators.runner.registry import Check, checks
from sluicegate.validators.runner.run import validate as run_checks

EXIT = {
    Verdict.PASS: SUCCESS,
    Verdict.WAIVED: SUCCESS,
    Verdict.INCONCLUSIVE: REFUSED,
    Verdict.FAIL: REFUSED,
    Verdict.ERROR: CRASHED,
}
LEFT_OUT = "not run: left out by --check"
EVERYTHING = ("environments", "models")
"""Charts are judged by what these make of them: where none runs in a cluster, none is rendered."""
NO_PRODUCTION = "no git repository: nothing is compared with production"


@dataclass(frozen=True)
class Judged:
    """What is to be judged, and from where."""

    subjects: tuple[Candidate, ...]
    changed: Changes | None = None
    head: str | None = None
    trees: tuple[Tree, Tree] | None = None
    """The head's and the base's files, where more than models is judged."""
    notes: tuple[str, ...] = ()


@click.command()
@click.argument("models", nargs=-1, metavar="[MODEL]...")
@click.option("--all", "every", is_flag=True, help="Judge all models and environments.")
@click.option(
    "--changed",
    metavar="BASE..HEAD",
    help="Judge what HEAD changes since it left BASE, from git, without a checkout.",
)
@click.option("--production", metavar="ENV", help="The environment to compare with [default: the last one].")
@click.option(
    "--check", "only", multiple=True, metavar="ID", help="Run this check alone; may be given again."
)
@click.option(
    "--format", "form", type=click.Choice(formats()), default="text", show_default=True, help="How to print."
)
@click.option(
    "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write there instead of to stdout."
)
@click.option(
    "--also", multiple=True, metavar="FORMAT=FILE", help="Write the report there as well; may be repeated."
)
@click.option(
    "--comment", metavar="OWNER/REPO#N", help="Post the report on that pull request (token: SLUICE_TOKEN)."
)
@click.option(
    "--api", metavar="URL", default="https://api.github.com", show_default=True, help="GitHub's REST API."
)
@root_option
@click.pass_context
def validate(  # noqa: PLR0917 - click passes them by name
    ctx: click.Context,
    models: tuple[str, ...],
    every: bool,
    changed: str | None,
    production: str | None,
    only: tuple[str, ...],
    form: str,
    output: Path | None,
    also: tuple[str, ...],
    comment: str | None,
    api: str,
    root: Path,
) -> None:
    """Judge models: by name, all of the work tree, or what a change brings."""
    if sum((bool(models), every, changed is not None)) != 1:
        raise click.UsageError("name models, or give one of --all and --changed BASE..HEAD")
    further = [_also(text) for text in also]
    for path in (*(path for _, path in further), *([output] if output is not None else [])):
        file_to_write(path)
    report = judge(checkout(root), models, changed, production, chosen(only))
    if only:
        report = replace(report, notes=(*report.notes, f"only {', '.join(only)} was run"))
    for other, path in further:
        write_whole(path, render(report, other))
    if output is not None:
        write_whole(output, render(report, form))
    elif form == "text" and sys.stdout.isatty():
        from sluicegate.ci.report.text_report import render_for

        click.echo(render_for(report, width=shutil.get_terminal_size().columns, colour=True), nl=False)
    else:
        click.echo(render(report, form), nl=False)
    if comment is not None:
        from sluicegate.ci.github.comment import post

        click.echo(post(report, comment, api), err=True)
    ctx.exit(EXIT[report.verdict])


def _also(text: str) -> tuple[str, Path]:
    form, _, path = text.partition("=")
    if form not in formats() or not path:
        raise click.BadParameter(f"{text!r} is no FORMAT=FILE; formats are {', '.join(formats())}")
    return form, Path(path)


def chosen(only: tuple[str, ...]) -> Mapping[str, Check]:
    """The checks of these ids; all for none. Raises InputError for an id that is none."""
    known = checks()
    for name in only:
        if name not in known:
            raise InputError.of(f"no check is called {name!r}", nearest(name, list(known)))
    return {name: check for name, check in known.items() if not only or name in only}


def judge(
    place: Checkout,
    models: tuple[str, ...],
    changed: str | None,
    production: str | None,
    to_run: Mapping[str, Check],
) -> Report:
    """Run the checks on these models, on all of the work tree for none, or on what `changed` brings."""
    began = time.monotonic()
    with ExitStack() as stack:
        repository = stack.enter_context(place.repository()) if place.git is not None or changed else None
        if changed is not None:
            assert repository is not None  # noqa: S101
            what = _of_change(repository, *split_range(changed), production)
        else:
            what = _of_work_tree(place, repository, models, production)
        progress = stack.enter_context(shown_progress(len(what.subjects) * len(to_run)))
        report = run_checks(
            what.subjects, to_run, today=datetime.now(UTC).date(), progress=progress, head=what.head
        )
        around: list[Finding] = []
        if what.changed and what.trees:
            around += surroundings(what.changed, *what.trees, judged=bool(what.subjects))
            around += placements(what.changed, *what.trees, what.subjects, to_run)
    report = with_left_out(report, [name for name in checks() if name not in to_run])
    return replace(
        report,
        findings=(*around, *report.findings),
        notes=(*report.notes, *what.notes),
        seconds=time.monotonic() - began,
    )


def with_left_out(report: Report, names: Sequence[str]) -> Report:
    """The report with a waived finding of each model for each check that was not to run."""
    if not names:
        return report
    missing = (Finding(name, Verdict.WAIVED, LEFT_OUT, model) for model in report.models for name in names)
    models = {model: Verdict.worst([verdict, Verdict.WAIVED]) for model, verdict in report.models.items()}
    return replace(report, findings=(*report.findings, *missing), models=models)


def _of_change(repository: Repository, base_name: str, head_name: str, production: str | None) -> Judged:
    base, head = commit(repository, base_name), commit(repository, head_name)
    fork = merge_base(repository, base, head)
    changed = changes(repository.changed(fork, head))
    base_tree, head_tree = repository.tree(base), repository.tree(head)
    # A change of no model needs none, and may be the one that mends an environment.
    environment = _production(base_tree, production) if changed.models or production else ""
    subjects = tuple(
        Candidate(
            model=name,
            path=f"models/{name}",
            tree=head_tree,
            load=load,
            production=_running(repository, base_tree, environment, name),
            base=base_tree,
            changed=changed.paths,
        )
        for name in changed.models
        if head_tree.entries(f"models/{name}")
    )
    return Judged(subjects, changed, head, (head_tree, base_tree))


def _of_work_tree(
    place: Checkout, repository: Repository | None, models: tuple[str, ...], production: str | None
) -> Judged:
    tree = place.tree()
    known = model_names(tree)
    if not known:
        raise InputError.of(
            f"{place.root} has no model: no models/*/model.yaml",
            "name a repository with -C, or see `sluice new model`",
        )
    names = [_name(model) for model in models] or known
    for name in names:
        if name not in known:
            raise InputError.of(f"no model is called {name!r}", nearest(name, known))
    head = _head(repository)
    committed = repository.tree(head) if repository is not None and head is not None else tree
    environment = _production(committed, production)
    subjects = tuple(
        Candidate(
            model=name,
            path=f"models/{name}",
            tree=tree,
            load=load,
            production=_running(repository, committed, environment, name),
        )
        for name in dict.fromkeys(names)
    )
    notes = () if repository is not None else (NO_PRODUCTION,)
    if models:
        return Judged(subjects, notes=notes)
    # All of it: as a change that brings everything there is.
    listed = (("A", entry.path) for folder in EVERYTHING for entry in tree.entries(folder))
    return Judged(subjects, changes(listed), trees=(tree, tree), notes=notes)


def _name(model: str) -> str:
    """`flight-delay`, also where it was completed by a shell to `models/flight-delay/`."""
    return model.removeprefix("./").removeprefix("models/").rstrip("/")


def _head(repository: Repository | None) -> str | None:
    try:
        return commit(repository, "HEAD") if repository is not None else None
    except InputError:
        return None


def _production(tree: Tree, named: str | None) -> str:
    """The environment to compare with: the named one, else the last.

    Raises InputError for no such one, and where an environment cannot be read, so that the last is unknown.
    """
    if named is None:
        return last_environment(tree) or "production"
    known = [path.split("/")[1] for path in environment_paths(tree)]
    if named not in known:
        raise InputError.of(f"no environment is called {named!r}", nearest(named, known))
    return named


def _running(repository: Repository | None, tree: Tree, environment: str, model: str) -> Tree | None:
    """The commit that brought the stable version of a model; None where nothing runs. Raises InputError."""
    path = f"environments/{environment}/{model}/release.yaml"
    if repository is None or not tree.entries(path):
        return None
    stable = read_release(read_document(tree, path)).stable
    if stable is None:
        return None
    try:
        return repository.tree(commit(repository, stable.revision))
    except InputError as error:
        raise InputError.of(
            f"revision {stable.revision[:12]} of the stable version {stable.version} is not in this clone",
            "fetch the whole history (in CI: a checkout with fetch-depth: 0)",
            path,
        ) from error
