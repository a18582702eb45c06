"""What the demonstration shows: acts and steps as lines, and on a terminal the release that runs, live."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from sluicegate.gate.core.decision import Judgement
    from sluicegate.gate.daemon.outcome import Outcome

FRAMES = 8
"""A second, of the live part."""


class Display:
    """Lines that stay, and below them on a terminal what is being waited for."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self.began = time.monotonic()
        self._live: Live | None = None
        self._spinner = Spinner("dots")

    @property
    def seconds(self) -> float:
        """Since the demonstration began."""
        return time.monotonic() - self.began

    def act(self, title: str, story: str) -> None:
        """Begin an act."""
        self.console.print()
        self.console.print(Panel(Text(story), title=Text(title, "bold"), title_align="left"))

    def line(self, text: str, style: str = "") -> None:
        """One thing that happened, with the second at which it did."""
        row = Table.grid(padding=(0, 2))
        row.add_column(width=7, justify="right", style="dim")
        row.add_column(overflow="fold")
        row.add_row(f"{self.seconds:.1f} s", Text(text, style))
        self.console.print(row)

    @contextmanager
    def waiting(self, text: str) -> Iterator[None]:
        """Say what is being done until it is done; on a terminal with what is seen meanwhile."""
        if not self.console.is_terminal:
            self.line(text, "dim")
            yield
            return
        self._spinner.update(text=Text(text))
        with Live(self._spinner, console=self.console, transient=True, refresh_per_second=FRAMES) as live:
            self._live = live
            try:
                yield
            finally:
                self._live = None

    def update(self, outcome: Outcome) -> None:
        """Redraw the live part, if there is one: the weight, and each gate's interval."""
        decision = outcome.decision
        if self._live is None or decision is None:
            return
        bar = Table.grid(padding=(0, 2))
        bar.add_row(
            f"  canary {decision.release.weight:3} %",
            ProgressBar(total=100, completed=decision.release.weight, width=40),
            f"{outcome.requests.canary:,} of {outcome.requests.canary + outcome.requests.stable:,} requests",
        )
        gates = Table.grid(padding=(0, 2))
        for judgement in decision.judgements:
            mark, style = _mark(judgement)
            gates.add_row(f"  {mark}", Text(judgement.reason, style, overflow="ellipsis", no_wrap=True))
        below = gates if decision.judgements else Text(f"  {decision.reason}", "dim")
        self._live.update(Group(self._spinner, bar, below))


def _mark(judgement: Judgement) -> tuple[str, str]:
    """A sign for what a gate says, and its style."""
    if judgement.harmful:
        return "!", "bold red"
    if judgement.non_inferior:
        return "✔", "green"
    return "…", ""
