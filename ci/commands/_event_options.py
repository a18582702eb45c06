"""The options that name the event which started a workflow; Actions sets their variables by itself."""

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
