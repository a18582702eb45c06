"""What `sluice up` shows: lines that stay, also in its log, and on a terminal a table of what runs now."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

_LOG_BYTES = 10 * 1024 * 1024
"""After which the log begins anew; the one before is kept."""


@dataclass(frozen=True)
class Row:
    """One model in one environment, as its router has it now."""

    environment: str
    model: str
    tracks: str
    """As `stable v1 95 %, canary v2 5 %`."""
    reason: str
    """What the gate last said."""


class Screen:
    """Any thread may write a line."""

    def __init__(self, log: Path, relay: Callable[[str], None] = lambda _: None) -> None:
        """`relay` gets every line too."""
        self.console = Console(highlight=False, soft_wrap=True)
        self._log = log
        self._relay = relay
        self._lock = threading.Lock()
        self._live: Live | None = None

    def __enter__(self) -> Screen:
        if self.console.is_terminal:
            self._live = Live(console=self.console, refresh_per_second=4, transient=True)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def line(self, text: str, style: str = "") -> None:
        """One thing that happened, with the time of day."""
        now = datetime.now().astimezone()
        with self._lock:
            self.console.print(Text(f"{now:%H:%M:%S}  {text}", style))
            self._write(f"{now.isoformat(timespec='seconds')} {text}\n")
            self._relay(f"{now:%H:%M:%S}  {text}")

    def _write(self, text: str) -> None:
        if self._log.exists() and self._log.stat().st_size > _LOG_BYTES:
            self._log.replace(self._log.with_suffix(".1.log"))
        with self._log.open("a", encoding="utf-8") as log:
            log.write(text)

    def show(self, rows: Sequence[Row], below: str) -> None:
        """Draw the table anew, where there is a terminal."""
        if self._live is None:
            return
        table = Table(box=None, padding=(0, 2), header_style="dim")
        for name in ("environment", "model", "tracks"):
            table.add_column(name, no_wrap=True)
        table.add_column("the gate", overflow="ellipsis", no_wrap=True)
        for row in rows:
            table.add_row(row.environment, row.model, row.tracks, Text(row.reason))
        self._live.update(Group(table, Text(below, "dim")))
