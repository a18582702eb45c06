"""What the demonstration shows in the terminal: acts and steps as lines, and what it waits for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.status import Status


class Display:
    """Lines that stay, and on a terminal one live line below them that says what is being waited for."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self.began = time.monotonic()
        self._status: Status | None = None

    @property
    def seconds(self) -> float:
        """Since the demonstration began."""
        return time.monotonic() - self.began

    def act(self, title: str, story: str) -> None:
        """Begin an act."""
        self.console.print()
        self.console.print(Panel(escape(story), title=f"[bold]{escape(title)}[/]", title_align="left"))

    def line(self, text: str, style: str = "") -> None:
        """One thing that happened, with the second at which it did."""
        self.console.print(f"[dim]{self.seconds:6.1f}s[/]  ", end="")
        self.console.print(text, style=style, markup=False)

    @contextmanager
    def waiting(self, text: str) -> Iterator[None]:
        """Say what is being done until it is done; on a terminal with a spinner."""
        if not self.console.is_terminal:
            self.line(text, "dim")
            yield
            return
        with self.console.status(escape(text)) as self._status:
            yield
        self._status = None

    def now(self, text: str) -> None:
        """Renew the live line, where there is one."""
        if self._status is not None:
            self._status.update(escape(text))
