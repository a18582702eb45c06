"""`sluice validate`: the models of the work tree, or what a change between two commits brings."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sluicegate.ci.commands._cache import CacheChoice, cache_options
from sluicegate.ci.commands._checkout import (
    Checkout,
    checkout,
    file_to_write,
    root_option,
    split_range,
    write_whole,
)
from sluicegate.ci.commands._gate_options import signing_option
from sluicegate.ci.commands._notify_options import Notify, notify_options, tell_verdict
from sluicegate.ci.commands._progress import shown_progress
from sluicegate.ci.commands._targets import of_change, of_work_tree
from sluicegate.ci.report import formats, render
from sluicegate.ci.without_secrets import run_without_secrets
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.daemon.code import CODE
from sluicegate.specs import layout
from sluicegate.specs.exit_codes import CRASHED, REFUSED, SUCCESS
from sluicegate.specs.suggestions import suggest_one_of
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.runner.finding import Report, Verdict
from sluicegate.validators.runner.registry import Check, checks
from sluicegate.validators.runner.result_cache import ResultCache
from sluicegate.validators.runner.run import checks_of
from sluicegate.validators.runner.run import validate as run_checks
from sluicegate.validators.runner.sandbox import SANDBOX_VARIABLE

if TYPE_CHECKING:
    pass

EXIT = {Verdict.INCONCLUSIVE: REFUSED, Verdict.FAIL: REFUSED, Verdict.ERROR: CRASHED}
"""The exit code of a verdict that stops the change; any other is SUCCESS."""


@click.command()
@click.argument("models", nargs=-1, metavar="[MODEL]...")
@click.option("--all", "every", is_flag=True, help="Judge all models and environments.")
@click.option(
    "--changed",
    metavar="BASE..HEAD",
    help="Judge what HEAD changes relative to its merge base with BASE; reads git, needs no checkout.",
)
@click.option("--production", metavar="ENV", help="The environment to compare with [default: the last one].")
@click.option("--check", "only", multiple=True, metavar="ID", help="Run only this check; repeatable.")
@click.option(
    "--format", "form", type=click.Choice(formats()), default="text", show_default=True, help="How to print."
)
@click.option(
    "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write there instead of to stdout."
)
@click.option(
    "--also", multiple=True, metavar="FORMAT=FILE", help="Write the report there as well; repeatable."
)
@click.option(
    "--sandbox",
    type=click.Choice(["contained", "limits"]),
    default="contained",
    show_default=True,
    envvar=SANDBOX_VARIABLE,
    show_envvar=True,
    help="How a model's process is confined: by Landlock, seccomp and limits, or, where the machine has "
    "neither, by limits alone, for models that you trust.",
)
@click.option(
    "--comment", metavar="OWNER/REPO#N", help="Post the report on that pull request (token: SLUICE_TOKEN)."
)
@click.option(
    "--api", metavar="URL", default="https://api.github.com", show_default=True, help="GitHub's REST API."
)
@click.option(
    "--note",
    metavar="GROUP/PROJECT!N",
    help="Write the report as a note on that merge request of GitLab (token: SLUICE_TOKEN or GITLAB_TOKEN).",
)
@click.option(
    "--gitlab",
    metavar="URL",
    envvar="CI_API_V4_URL",
    default="https://gitlab.com/api/v4",
    show_default=True,
    show_envvar=True,
    help="GitLab's REST API, for --note.",
)
@click.option(
    "--record",
    is_flag=True,
    help="Write a signed verdict to the branch gate-evidence of the origin: without GitHub, what lets a "
    "version start. Judges what is committed.",
)
@signing_option
@cache_options
@notify_options
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
    sandbox: str,
    comment: str | None,
    api: str,
    note: str | None,
    gitlab: str,
    record: bool,
    signing_key: Path | None,
    cache: CacheChoice,
    notify: Notify,
    root: Path,
) -> None:
    """Judge models: by name, all of the working tree, or those that a change touches."""
    if sum((bool(models), every, changed is not None)) != 1:
        raise click.UsageError("name models, or give one of --all and --changed BASE..HEAD")
    further = [_also(text) for text in also]
    for path in (*(path for _, path in further), *([output] if output is not None else [])):
        file_to_write(path)
    source = checkout(root)
    receivers = notify.receivers()
    recording = None
    if record:
        from sluicegate.ci.commands._record import Recording

        recording = Recording.of(source, signing_key)
    contained = sandbox == "contained"
    report = judge(
        source, models, changed, production, chosen(only),
        committed=record, contained=contained, cache=cache.own(),
    )  # fmt: skip
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
    if note is not None:
        from sluicegate.ci.gitlab.note import post as post_note

        click.echo(post_note(report, note, gitlab), err=True)
    if recording is not None:
        click.echo(recording.write(report), err=True)
    tell_verdict(receivers, source, report)
    ctx.exit(EXIT.get(report.verdict, SUCCESS))


def _also(text: str) -> tuple[str, Path]:
    form, _, path = text.partition("=")
    if form not in formats() or not path:
        raise click.BadParameter(f"{text!r} is not FORMAT=FILE; formats are {', '.join(formats())}")
    return form, Path(path)


def chosen(only: tuple[str, ...]) -> Mapping[str, Check]:
    """The checks of these ids; all for none. Raises InputError for an unknown id."""
    known = checks()
    for name in only:
        if name not in known:
            raise InputError.of(f"no check is called {name!r}", suggest_one_of(name, known))
    return {name: check for name, check in known.items() if not only or name in only}


def judge(
    source: Checkout,
    models: tuple[str, ...],
    changed: str | None,
    production: str | None,
    to_run: Mapping[str, Check],
    *,
    contained: bool | None = None,
    committed: bool = False,
    queued: bool = False,
    cache: ResultCache | None = None,
) -> Report:
    """Run the checks on these models, on all of the work tree for none, or on what `changed` brings.

    `committed` judges the commit that is checked out in place of the work tree, `queued` a merge queue's, for
    which what people said of the same files counts as well as what they said of the very commit. Where the
    environment holds a secret, another process judges that holds none.
    """
    return run_without_secrets(
        _judge, source, models, changed, production, tuple(to_run),
        contained=contained, committed=committed, queued=queued, cache=cache,
    )  # fmt: skip


def _judge(
    source: Checkout,
    models: tuple[str, ...],
    changed: str | None,
    production: str | None,
    names: tuple[str, ...],
    *,
    contained: bool | None,
    committed: bool,
    queued: bool,
    cache: ResultCache | None,
) -> Report:
    to_run = {name: check for name, check in checks().items() if name in names}
    began = time.monotonic()
    with ExitStack() as stack:
        repository = None
        if source.git is not None or changed is not None:
            repository = stack.enter_context(source.repository())
        if changed is not None and repository is not None:
            target = of_change(repository, *split_range(changed), production, queued=queued)
        else:
            target = of_work_tree(source, repository, models, production, committed=committed)
        number = sum(len(checks_of(subject, to_run)) for subject in target.subjects)
        report = run_checks(
            target.subjects,
            to_run,
            today=datetime.now(UTC).date(),
            left_out=[check for name, check in checks().items() if name not in to_run],
            progress=stack.enter_context(shown_progress(number)),
            head=target.head,
            contained=contained,
            cache=cache,
        )
        contents = _contents(repository, target.head, report)
    left_out = (*report.left_out, *target.left_out)
    return replace(
        report,
        notes=(*_partial(left_out), *report.notes, *target.notes),
        left_out=left_out,
        base=target.base,
        contents=contents,
        code=CODE,
        seconds=time.monotonic() - began,
    )


def _partial(left_out: Sequence[str]) -> tuple[str, ...]:
    """What line 1 begins with where something was left out."""
    return (f"partial: {'; '.join(left_out)}",) if left_out else ()


def _contents(repository: Repository | None, head: str | None, report: Report) -> Mapping[str, str]:
    """The tree of each judged model at the head; none for a work tree, which is no commit."""
    if repository is None or head is None:
        return {}
    trees = {name: repository.object_at(head, layout.model_directory(name)) for name in report.models}
    return {name: tree for name, tree in trees.items() if tree is not None}
