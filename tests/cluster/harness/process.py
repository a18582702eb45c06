"""A daemon of the harness: started in a session of its own, known by pid and start time, ended by pid."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.wait import TooSlow, until

STOP_SECONDS = 20.0
"""How long a process may take to end after SIGTERM, and again after SIGKILL, in seconds."""
LISTEN = "0A"
"""The state of a listening socket in /proc/net/tcp."""


@dataclass(frozen=True)
class Record:
    """What is kept of a started process: enough to find it again, to end it, and to start it once more."""

    pid: int
    started: int
    """Start time in clock ticks since boot (`/proc/PID/stat`, field 22): tells a reused pid apart."""
    command: list[str]
    env: dict[str, str]

    def write(self, path: Path) -> None:
        """Write the record at once, so that a reader never sees half of it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_text(json.dumps(asdict(self)))
        fresh.replace(path)

    @staticmethod
    def read(path: Path) -> Record | None:
        """The record at `path`; None where there is none."""
        try:
            return Record(**json.loads(path.read_text()))
        except FileNotFoundError:
            return None

    @property
    def alive(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        return started(self.pid) == self.started


def started(pid: int) -> int | None:
    """The start time of a running process in clock ticks since boot; None for one that ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    if fields[0] in "ZX":
        _reap(pid)
        return None
    return int(fields[19])


def ports(pid: int) -> set[int]:
    """The TCP ports that are listened on in the network namespace of a process; none once it ended."""
    found: set[int] = set()
    for name in ("tcp", "tcp6"):
        try:
            lines = Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]
        except OSError:
            continue
        found |= {int(line.split()[1].rpartition(":")[2], 16) for line in lines if line.split()[3] == LISTEN}
    return found


def spawn(command: Sequence[str], env: Mapping[str, str], log: Path) -> Record:
    """Start `command` detached from this terminal, its output appended to `log`.

    Raises `FileNotFoundError` where the program does not exist.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    out = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), out, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    whole = {**os.environ, **env}
    pid = os.posix_spawnp(command[0], list(command), whole, file_actions=actions, setsid=True)
    return Record(pid, started(pid) or 0, list(command), dict(env))


def ask(record: Record, number: signal.Signals = signal.SIGTERM) -> None:
    """Send a signal to that very process; nothing where it ended."""
    if record.alive:
        with contextlib.suppress(ProcessLookupError):
            os.kill(record.pid, number)


def end(record: Record, seconds: float = STOP_SECONDS) -> None:
    """SIGTERM to that very process, wait until it is gone; SIGKILL where it does not go within `seconds`.

    Raises `TooSlow` where even that did not end it.
    """
    what = f"{Path(record.command[0]).name} (pid {record.pid}) to end after"
    ask(record)
    try:
        until(f"{what} SIGTERM", lambda: not record.alive, seconds, 0.05)
    except TooSlow:
        ask(record, signal.SIGKILL)
        until(f"{what} SIGKILL", lambda: not record.alive, STOP_SECONDS, 0.05)


def _reap(pid: int) -> None:
    """Take the exit status of an ended child, so that it does not stay a zombie while the harness runs."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
