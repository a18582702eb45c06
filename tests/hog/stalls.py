"""Stalls of the serving processes below a process: SIGSTOP for a moment, then SIGCONT."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVER = b"sluicegate.onnx_server"
"""What the command line of a serving process has in it."""
BUSY = "while True: pass"


def servers_below(root: int) -> list[int]:
    """Process ids of the serving processes that `root` started, by whatever way."""
    parents: dict[int, int] = {}
    serving: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            stat = (entry / "stat").read_text()
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        number = int(entry.name)
        parents[number] = int(stat.rpartition(")")[2].split()[1])
        if SERVER in command:
            serving.append(number)
    return [number for number in serving if root in _ancestors(number, parents)]


def _ancestors(number: int, parents: dict[int, int]) -> set[int]:
    found: set[int] = set()
    while number in parents and number not in found:
        found.add(number)
        number = parents[number]
    return found | {number}


class Stalls:
    """Stops one serving process below `root` at a time, for 20 to 500 ms, about every `every` seconds."""

    def __init__(self, root: int, every: float, seed: int) -> None:
        self.root = root
        self.every = every
        self.count = 0
        self._random = random.Random(seed)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Stalls:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.wait(self._random.expovariate(1 / self.every)):
            serving = servers_below(self.root)
            if serving:
                self._stall(self._random.choice(serving), self._random.uniform(0.02, 0.5))

    def _stall(self, process: int, seconds: float) -> None:
        try:
            os.kill(process, signal.SIGSTOP)
            self._end.wait(seconds)
            os.kill(process, signal.SIGCONT)
        except ProcessLookupError:
            return
        self.count += 1


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """So many processes that take a processor each, as long as the context lasts."""
    taking = [subprocess.Popen([sys.executable, "-S", "-c", BUSY]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in taking:
            process.kill()
            process.wait()
