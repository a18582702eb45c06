"""How long a process takes by itself, whoever else has the machine: what it used, and what it slept.

A busy machine makes every process slow, and its CPU seconds alone hide one that sleeps or waits. So it is
looked at every `PERIOD`: while a thread of it, of what it started or of `beside` runs, wants to run or waits
for a disk, the time is the machine's, and is counted by the CPU seconds that it takes. All other time counts
whole. A look that comes late, as the machine was busy, counts for one period at most.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PERIOD = 0.01
"""Seconds between two looks."""
AWAKE = ("R", "D")
"""States in which a thread runs or would run, or waits for a disk (proc_pid_stat(5))."""


@dataclass(frozen=True)
class Took:
    """How a process ended, and what it took."""

    code: int
    """Its exit code; below 0 a signal's number."""
    seconds: float
    """By a clock."""
    cpu_seconds: float
    """Of it and of what it waited for."""
    asleep: float
    """Seconds in which nobody had anything to do."""


def wait(child: int, beside: Sequence[int] = ()) -> Took:
    """Wait for the end of a child process; `beside` are processes that it waits for. Raises OSError."""
    began = time.monotonic()
    last = began
    asleep = 0.0
    while True:
        ended, status, used = os.wait4(child, os.WNOHANG)
        now = time.monotonic()
        if ended:
            cpu = used.ru_utime + used.ru_stime
            return Took(os.waitstatus_to_exitcode(status), now - began, cpu, asleep)
        if not any(_is_awake(one) for one in (*_family(child), *beside)):
            asleep += min(now - last, PERIOD)
        last = now
        time.sleep(PERIOD)


def _family(process: int) -> Iterator[int]:
    """A process and all that it started and that still run."""
    yield process
    for children in _of_threads(process, "children"):
        for child in children.split():
            yield from _family(int(child))


def _is_awake(process: int) -> bool:
    """Whether any thread of a process runs or would; not so once it has ended."""
    return any(stat.rpartition(")")[2].split()[0] in AWAKE for stat in _of_threads(process, "stat"))


def _of_threads(process: int, name: str) -> list[str]:
    """What a file of proc says of each thread; of one that ends meanwhile, nothing."""
    said: list[str] = []
    with suppress(OSError):
        for thread in Path(f"/proc/{process}/task").iterdir():
            with suppress(OSError):
                said.append((thread / name).read_text(encoding="utf-8", errors="replace"))
    return said
