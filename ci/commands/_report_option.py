"""`--report FILE`: what an earlier `sluice validate --format json` wrote."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sluicegate.specs.yamlio import InputError

if TYPE_CHECKING:
    from sluicegate.validators.runner.finding import Report


def report_option(help: str, **more: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option, as `report`: the path of a file that is there."""
    kind = click.Path(path_type=Path, dir_okay=False, exists=True)
    return click.option("--report", type=kind, metavar="FILE", help=help, **more)


def read_report(file: Path | None) -> Report | None:
    """The report; None without a file. Raises InputError for one that no `sluice validate` wrote."""
    if file is None:
        return None
    from sluicegate.ci.github.artifact import Refused, report_of

    try:
        return report_of(json.loads(file.read_bytes()))
    except (ValueError, Refused) as problem:
        remedy = "give what `sluice validate --format json` writes"
        raise InputError.of(f"is not a report: {problem}", remedy, str(file)) from problem
