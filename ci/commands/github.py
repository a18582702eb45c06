"""`sluice github`: what the workflows on GitHub run; each subcommand has a module of its own."""

from __future__ import annotations

import click

from sluicegate.ci.commands.github_fetch import fetch
from sluicegate.ci.commands.github_protect import protect
from sluicegate.ci.commands.github_publish import publish
from sluicegate.ci.commands.github_report import report
from sluicegate.ci.commands.github_validate import validate


@click.group()
def github() -> None:
    """Run on GitHub: judge an event, report, answer commands, protect branches."""


github.add_command(fetch)
github.add_command(report)
github.add_command(protect)
github.add_command(publish)
github.add_command(validate)
