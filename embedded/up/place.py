"""What `sluice up` keeps beside a repository: who runs there, its logs, its copies. Git ignores all of it."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from sluicegate.specs.errors import SluiceError

FOLDER = ".sluice"
"""In the repository's work tree."""
STOP_SECONDS = 60.0
"""In which everything has ended after SIGTERM; a server finishes the requests that it has begun."""


class NotRunning(SluiceError):
    """Nothing of `sluice up` runs for this repository, or it does not end."""


class RunsAlready(SluiceError):
    """A second `sluice up` for one repository."""


@dataclass(frozen=True)
class Running:
    """A `sluice up`: its process, and where it is reached."""

    pid: int
    started: str
    """When the process started, as the system says it: another process of this number says another time."""
    page: str
    environments: Mapping[str, str]
    """By name: the router's address."""
    repository: str
    """What is served, and where the gate commits."""


@dataclass(frozen=True)
class Place:
    """The folder of one repository."""

    root: Path

    @property
    def folder(self) -> Path:
        """Where everything is kept."""
        return self.root / FOLDER

    @property
    def logs(self) -> Path:
        """Of `up` itself, and of loads."""
        return self.folder / "logs"

    @property
    def _state(self) -> Path:
        return self.folder / "up.json"

    def create(self) -> None:
        """Make the folders, which git ignores by the .gitignore inside."""
        self.logs.mkdir(parents=True, exist_ok=True)
        (self.folder / ".gitignore").write_text("*\n", encoding="ascii")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else runs here while inside. Raises RunsAlready."""
        self.create()
        with (self.folder / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise self._occupied() from None
            self._state.unlink(missing_ok=True)
            try:
                yield
            finally:
                self._state.unlink(missing_ok=True)

    def _occupied(self) -> RunsAlready:
        running = self.running()
        who = "it is starting" if running is None else f"pid {running.pid}, page {running.page}"
        return RunsAlready(f"`sluice up` runs here already: {who}", "`sluice down` ends it")

    def announce(self, page: str, environments: Mapping[str, str], repository: str) -> Running:
        """Write down that this process runs here."""
        running = Running(os.getpid(), _started(os.getpid()) or "", page, environments, repository)
        partial = self._state.with_suffix(".part")
        partial.write_text(json.dumps(asdict(running)) + "\n", encoding="utf-8")
        partial.replace(self._state)
        return running

    def running(self) -> Running | None:
        """Who runs here; None for nobody, and for a process that only has the number of one that did."""
        with suppress(OSError, ValueError, TypeError):
            running = Running(**json.loads(self._state.read_text(encoding="utf-8")))
            if running.started and _started(running.pid) == running.started:
                return running
        return None

    def end(self) -> Running:
        """Send SIGTERM, and return when everything has ended. Raises NotRunning."""
        running = self.running()
        if running is None:
            raise NotRunning(f"nothing of `sluice up` runs in {self.root}", "start it with `sluice up`")
        os.kill(running.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while _started(running.pid) == running.started:
            if time.monotonic() > deadline:
                message = f"pid {running.pid} still runs {STOP_SECONDS:.0f} s after SIGTERM"
                raise NotRunning(message, f"see {self.logs / 'up.log'}, then end it with SIGKILL")
            time.sleep(0.05)
        return running


def _started(pid: int) -> str | None:
    """When a process started; None for none, and for one that has ended and only waits to be noticed."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None if Path("/proc/self").exists() else _started_by_ps(pid)
    except OSError:
        return None
    state, *rest = stat.rpartition(")")[2].split()  # proc(5): the name before it may hold anything
    return None if state == "Z" else rest[18]


def _started_by_ps(pid: int) -> str | None:
    done = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or None
