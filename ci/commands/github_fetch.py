"""`sluice github fetch`: the commits of an event, into the clone that a workflow checked out."""

from __future__ import annotations

import os
from pathlib import Path

import click

from sluicegate.ci.commands._checkout import checkout, root_option
from sluicegate.ci.commands._event_options import event_options, server_option
from sluicegate.ci.github.event import Event
from sluicegate.specs.yamlio import InputError


@click.command()
@event_options
@server_option
@root_option
def fetch(event: Event, server: str, root: Path) -> None:
    """Fetch the base and the head of an event with their history (token: SLUICE_TOKEN).

    A step of its own, so that the token is gone where anything of the pull request is looked at.
    """
    from sluicegate.ci.github.fetch import fetch as fetch_commits
    from sluicegate.ci.github.fetch import fetch_evidence

    clone = checkout(root)
    if clone.git is None:
        raise InputError.of(f"{root} is in no git repository", "let actions/checkout come before this step")
    token = os.environ.get("SLUICE_TOKEN")
    fetched = fetch_commits(clone.git, event, server, token)
    fetch_evidence(clone.git, event, server, token)
    done = "fetched" if fetched else "all here"
    click.echo(f"{event.name} of {event.repository}: {event.base[:12]}..{event.head[:12]}, {done}")
