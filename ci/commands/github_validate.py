"""`sluice github validate`: judge what an event brings, for the job's page, its log and its artifact."""

from __future__ import annotations

from pathlib import Path

import click

from sluicegate.ci.commands._cache import signed_cache, signed_option
from sluicegate.ci.commands._checkout import checkout, root_option, write_whole
from sluicegate.ci.commands._event_options import event_options, production_option
from sluicegate.ci.commands._notify_options import Notify, notify_options, tell_verdict
from sluicegate.ci.commands.validate import EXIT, chosen, judge
from sluicegate.ci.github.event import Event
from sluicegate.ci.github.job import add_summary, set_outputs
from sluicegate.ci.report import formats, render
from sluicegate.specs.exit_codes import SUCCESS

FILES = {"junit": "report.xml", "markdown": "report.md", "text": "report.txt"}
"""Formats whose file is not called `report.FORMAT`."""
DEFAULT_FORMATS = ("json", "sarif", "junit", "html")


def file_of(form: str) -> str:
    """The name of the file that has the report in this format."""
    return FILES.get(form, f"report.{form}")


@click.command()
@event_options
@click.option(
    "--into", type=click.Path(path_type=Path), metavar="DIR", envvar="SLUICE_REPORT", show_envvar=True,
    required=True, help="The directory for the report's files; it is created.",
)  # fmt: skip
@click.option(
    "--format", "forms", multiple=True, type=click.Choice(formats()), default=DEFAULT_FORMATS,
    show_default=True, envvar="SLUICE_FORMATS", show_envvar=True,
    help="A format of the report's files; repeatable. `json` is always written.",
)  # fmt: skip
@click.option(
    "--check", "only", multiple=True, metavar="ID", envvar="SLUICE_CHECKS", show_envvar=True,
    help="Run only this check; repeatable. Such a run gives no verdict that lets a version be released.",
)  # fmt: skip
@production_option
@signed_option
@notify_options
@root_option
@click.pass_context
def validate(  # noqa: PLR0917 - click passes them by name
    ctx: click.Context,
    event: Event,
    into: Path,
    forms: tuple[str, ...],
    only: tuple[str, ...],
    production: str | None,
    cache: Path | None,
    notify: Notify,
    root: Path,
) -> None:
    """Judge what a pull request, a merge group or a push brings; reads git, needs no token.

    Annotations go to the log, the report to the job's summary and to files, verdict and paths to the
    step's outputs. Outside of Actions there are the files alone.
    """
    changed = f"{event.base}..{event.head}"
    queued = event.name == "merge_group"
    receivers = notify.receivers()
    clone = checkout(root)
    with clone.repository() as repository:
        results = signed_cache(cache, repository, event.base)
    report = judge(clone, (), changed, production, chosen(only), queued=queued, cache=results)
    written = {form: into / file_of(form) for form in dict.fromkeys(("json", *forms))}
    for form, path in written.items():
        write_whole(path, render(report, form))
    add_summary(render(report, "markdown"))
    set_outputs(
        {
            "verdict": str(report.verdict),
            "base": event.base,
            "head": event.head,
            "report": str(into),
            **{form: str(path) for form, path in written.items()},
        }
    )
    click.echo(render(report, "github"), nl=False)
    tell_verdict(receivers, clone, report)
    ctx.exit(EXIT.get(report.verdict, SUCCESS))
