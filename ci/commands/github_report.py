"""`sluice github report`: checks the report of an unprivileged job against git, and publishes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache as cached
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sluicegate.ci.commands._cache import keep_believed, signed_cache, signed_option
from sluicegate.ci.commands._checkout import Checkout, checkout, merge_base, root_option
from sluicegate.ci.commands._event_options import api_option, production_option, server_option
from sluicegate.ci.commands._gate_options import signing_option
from sluicegate.ci.commands._notify_options import Notify, notify_options, tell_verdict
from sluicegate.ci.commands._targets import Target, of_change, waived_in
from sluicegate.ci.commands.validate import EXIT, judge
from sluicegate.ci.report.text_format import quantity
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.adapters.signing import KeySigner, signer
from sluicegate.specs import layout
from sluicegate.specs.exit_codes import SUCCESS
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.runner.finding import Report
from sluicegate.validators.runner.registry import checks

if TYPE_CHECKING:
    from sluicegate.ci.github.event import Event
    from sluicegate.ci.github.workflow_run import Judged


@click.command()
@click.option(
    "--event", "event_file", type=click.Path(path_type=Path), metavar="FILE", envvar="GITHUB_EVENT_PATH",
    show_envvar=True, required=True, help="The event `workflow_run`, as GitHub sends it.",
)  # fmt: skip
@server_option
@api_option
@production_option
@signed_option
@signing_option
@notify_options
@root_option
@click.pass_context
def report(  # noqa: PLR0917 - click passes them by name
    ctx: click.Context,
    event_file: Path,
    server: str,
    api: str,
    production: str | None,
    cache: Path | None,
    signing_key: Path | None,
    notify: Notify,
    root: Path,
) -> None:
    """Report what an earlier job found: one comment, a check run, a status (token: SLUICE_TOKEN).

    The job's artifact is hostile: anyone who opens a pull request may have written it. Head, pull request and
    base are GitHub's word; whatever needs no model is found again from git, by the base's code; a report that
    differs is refused by name, and written as a failure.
    """
    from sluicegate.ci.github.client import answered, connect, token
    from sluicegate.ci.github.comment import write
    from sluicegate.ci.github.workflow_run import download, judged_by, run_number

    clone = checkout(root)
    if clone.git is None:
        raise InputError.of(f"{root} is in no git repository", "let actions/checkout come before this step")
    receivers = notify.receivers()
    name, number = run_number(event_file)
    secret = token()
    client = connect(api, secret)
    try:
        with answered(f"{name}, run {number}", "read runs and artifacts, and write checks and statuses"):
            repository = client.attempt(lambda: client.github.get_repo(name))
            judged = judged_by(client, repository, number)
            if not judged:
                click.echo(f"run {number} of {name} is of no open or merged pull request: nothing to report")
                return
            keeping = _Keeping(cache, signer(signing_key))
            load = cached(lambda: download(client, repository, number, secret))
            branch = repository.default_branch
            places = [_Place(clone, clone.git, one, branch, server, production, keeping) for one in judged]
            reports = _reports(places, load, secret)
            for place, report in reports:
                click.echo(write(client, repository, place.judged.pull, report, place.judged.into))
    finally:
        client.github.close()
    for _, report in reports:
        tell_verdict(receivers, clone, report)
    ctx.exit(max(EXIT.get(report.verdict, SUCCESS) for _, report in reports))


@dataclass(frozen=True)
class _Keeping:
    """Where believed results are kept for later runs, and by which key; without both they are not."""

    directory: Path | None
    key: KeySigner | None


@dataclass(frozen=True)
class _Place:
    """Where the report is held against git, and what it is of."""

    clone: Checkout
    git: Path
    judged: Judged
    default: str
    """The default branch, which the clone has checked out."""
    server: str
    production: str | None
    keeping: _Keeping

    @property
    def event(self) -> Event:
        """The commits."""
        return self.judged.event


def _reports(places: Sequence[_Place], load: Callable[[], bytes], token: str) -> list[tuple[_Place, Report]]:
    """What is believed or refused, of the pull requests that the run was of."""
    from sluicegate.ci.github.artifact import Refused
    from sluicegate.ci.github.believe import refusal

    believed: list[tuple[_Place, Report]] = []
    refused: list[tuple[_Place, Refused]] = []
    for place in _named(places, load):
        try:
            believed.append((place, _believed(place, load, token)))
        except Refused as problem:
            refused.append((place, problem))
    # A base that is one of another pull request of the head says that the run was of that one.
    own = [one for one in refused if not (believed and one[1].kind == "other-base")]
    return [*believed, *((place, refusal(problem, place.event.head)) for place, problem in own)]


def _named(places: Sequence[_Place], load: Callable[[], bytes]) -> Sequence[_Place]:
    """Of several pull requests of one head those with the very base that the report names; else all."""
    from sluicegate.ci.github.artifact import Refused, read_artifact

    if len(places) < 2:
        return places
    try:
        base = read_artifact(load()).report.base
    except Refused:
        return places
    return [place for place in places if place.event.base == base] or places


def _believed(place: _Place, load: Callable[[], bytes], token: str) -> Report:
    """The report where it is believed. Raises Refused."""
    from sluicegate.ci.github.artifact import read_artifact
    from sluicegate.ci.github.believe import believed, recomputed, require_same_judge
    from sluicegate.ci.github.fetch import fetch

    event = place.event
    fetch(place.git, event, place.server, token)
    every = checks()
    paths, models = _changed(place)
    require_same_judge(paths, fork=event.fork, models=models)
    claim = read_artifact(load())
    base = _base(place, claim.report.base)
    changed, queued = f"{base}..{event.head}", event.name == "merge_group"
    found = judge(place.clone, (), changed, place.production, recomputed(every), queued=queued)
    with place.clone.repository() as repository:
        target = _target(place, repository, base)
        today = datetime.now(UTC).date()
        report = believed(claim, found, every, waived_in(target, today))
        _keep(place, repository, target, report, today)
    return report


def _target(place: _Place, repository: Repository, base: str) -> Target:
    """What the change brings, as the run that judged it saw it."""
    queued = place.event.name == "merge_group"
    return of_change(repository, base, place.event.head, place.production, queued=queued)


def _keep(place: _Place, repository: Repository, target: Target, report: Report, today: date) -> None:
    """Keep a complete run's results for the merge queue, and for later changes with the same files."""
    keeping = place.keeping
    if keeping.key is None or not report.complete:
        return
    cache = signed_cache(keeping.directory, repository, place.event.base, keeping.key)
    if cache is not None:
        count = keep_believed(cache, target.subjects, report, today)
        click.echo(f"{quantity(count, 'result')} kept in {keeping.directory}", err=True)


def _changed(place: _Place) -> tuple[list[str], bool]:
    """The paths that the head changes, and whether a model is among them."""
    with place.clone.repository() as repository:
        base = merge_base(repository, place.event.base, place.event.head)
        paths = [path for _, path in repository.changed(base, place.event.head)]
    return paths, any(layout.model_of(path) is not None for path in paths)


def _base(place: _Place, claimed: str | None) -> str:
    """The commit that the run compared with: one of the base's branch since the head left it.

    Raises Refused for any other: the base may have gone on since the event, and no further back than that.
    """
    from sluicegate.ci.github.artifact import Refused

    event = place.event
    if claimed is None or claimed == event.base:
        return event.base
    with place.clone.repository() as repository:
        left = merge_base(repository, event.base, event.head)
        here = repository.commit_named("HEAD") if place.judged.into == place.default else None
        tips = [event.base, here or event.base]
        is_of_base = any(repository.contains(tip, claimed) for tip in tips)
        if not is_of_base or not repository.contains(claimed, left):
            raise Refused("other-base", f"it compares with {claimed[:12]}, which is not the base")
    return claimed
