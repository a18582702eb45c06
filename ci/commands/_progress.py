"""What a command shows while it works: a live line on a terminal, nothing anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sluicegate.validators.runner.finding import Verdict
from sluicegate.validators.runner.run import Progress

REPOSITORY = "the repository"
"""What is shown where a check judges the repository itself."""


@contextmanager
def shown_progress(total: int) -> Iterator[Progress | None]:
    """A bar on stderr over `total` checks, gone when done; None where stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    from sluicegate.ci.report.text_format import clean

    columns = (
        SpinnerColumn(),
        BarColumn(24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)

        def show(subject: str, check: str, verdict: Verdict | None) -> None:
            bar.update(task, description=escape(f"{clean(subject or REPOSITORY, 63)} {check}"))
            if verdict is not None:
                bar.advance(task)

        yield show


@contextmanager
def counted(what: str) -> Iterator[Callable[[int, int | None], None]]:
    """A bar on stderr, moved by (done, total) and gone when done; nothing where stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(24), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
