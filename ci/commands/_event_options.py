"""The options of a step of a workflow: its event, where GitHub is. Actions sets their variables by itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click


def event_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--event` and `--event-name`, read and handed on as `event`."""

    @wraps(function)
    def with_event(*, event_file: Path, event_name: str, **options: Any) -> Any:
        from sluicegate.ci.github.event import read_event

        return function(event=read_event(event_file, event_name), **options)

    named = click.option(
        "--event-name", metavar="NAME", envvar="GITHUB_EVENT_NAME", show_envvar=True, required=True,
        help="Which event it is.",
    )  # fmt: skip
    located = click.option(
        "--event", "event_file", type=click.Path(path_type=Path), metavar="FILE", envvar="GITHUB_EVENT_PATH",
        show_envvar=True, required=True, help="The event, as GitHub sends it.",
    )  # fmt: skip
    return located(named(with_event))


def server_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Where clones come from."""
    return click.option(
        "--server", metavar="URL", envvar="GITHUB_SERVER_URL", show_envvar=True,
        default="https://github.com", show_default=True, help="The address of GitHub.",
    )(function)  # fmt: skip


def api_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Where GitHub's API is."""
    return click.option(
        "--api", metavar="URL", envvar="GITHUB_API_URL", show_envvar=True, default="https://api.github.com",
        show_default=True, help="GitHub's REST API.",
    )(function)  # fmt: skip


def production_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """What new versions are compared with; both jobs have to be told the same."""
    return click.option(
        "--production", metavar="ENV", envvar="SLUICE_PRODUCTION", show_envvar=True,
        help="The environment to compare with [default: the last one].",
    )(function)  # fmt: skip
