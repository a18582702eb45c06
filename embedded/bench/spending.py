"""CPU seconds of this process and of what it ran."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def cpu() -> float:
    """Seconds of CPU that this process and its ended children have used."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def spent(action: Callable[[], object]) -> float:
    """CPU seconds of one call; of a process that it leaves running, nothing."""
    before = cpu()
    action()
    return cpu() - before


def ratio(seconds: float, baseline: float) -> dict[str, Any]:
    """The figures of a measurement beside its baseline."""
    return {
        "cpu_seconds": round(seconds, 3),
        "baseline_cpu_seconds": round(baseline, 3),
        "ratio": round(seconds / baseline, 2),
    }


def run(cwd: Path, *command: str, stdin: bytes = b"") -> bytes:
    """Standard output of a command that must succeed. Raises CalledProcessError."""
    return subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, check=True).stdout


def sluice(cwd: Path, *arguments: str) -> None:
    """A command of ours, as a process of its own, that must succeed. Raises CalledProcessError."""
    run(cwd, str(Path(sys.executable).parent / "sluice"), *arguments)
