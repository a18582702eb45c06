"""The first page of `sluice up`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sluicegate.ci.report.html_page import page
from sluicegate.embedded.up.screen import Row


def overview(repository: str, rows: Sequence[Row], curls: Mapping[tuple[str, str], str]) -> str:
    """What is served, and by environment and model the command that gets a prediction."""
    return page("up.html", repository=repository, rows=rows, curls=curls)
