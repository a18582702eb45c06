"""Renderings of a report.

A new one is one file FORMAT_report.py here with `render(report) -> str`, or a plug-in.
"""

from __future__ import annotations

from sluicegate.specs import plugins
from sluicegate.validators.runner.finding import Report


def formats() -> tuple[str, ...]:
    """The names that `--format` takes; imports none of them. Raises PluginError for a name given twice."""
    return plugins.REPORTS.names()


def render(report: Report, name: str) -> str:
    """The report in one format.

    Raises ValueError for a name that `formats` does not list, PluginError where a plug-in cannot be loaded.
    """
    if name not in formats():
        raise ValueError(f"there is no format {name!r}; take one of {', '.join(formats())}")
    text: str = plugins.REPORTS.find(name).render(report)
    return text
