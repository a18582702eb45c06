"""Renderings of a report. A new one is one file FORMAT_report.py here with `render(report) -> str`."""

from __future__ import annotations

import importlib
import pkgutil

from sluicegate.validators.runner.finding import Report

_SUFFIX = "_report"


def formats() -> tuple[str, ...]:
    """The names that `--format` takes; imports none of them."""
    names = (module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg)
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)))


def render(report: Report, name: str) -> str:
    """The report in one format. Raises ValueError for a name that `formats` does not list."""
    if name not in formats():
        raise ValueError(f"there is no format {name!r}; take one of {', '.join(formats())}")
    text: str = importlib.import_module(f"{__name__}.{name}{_SUFFIX}").render(report)
    return text
