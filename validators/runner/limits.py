"""Limits of a child process, set from within before it does anything else. Only the standard library.

Run as a program (`python -I -S limits.py PARENT LIMITS COMMAND...`, LIMITS as JSON) it limits itself and
becomes the command: so a tool that was not written for it starts limited, and no thread of ours forks.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

PDEATHSIG = 1
"""prctl(2): the signal that comes when the parent dies."""


@dataclass(frozen=True)
class Limits:
    """What a child may use. Each check has the wall clock to itself; the rest is the whole child's."""

    wall_s: float = 120.0
    total_s: float = 360.0
    """Wall clock of all checks of a model together, whatever number of children they take."""
    cpu_s: int = 600
    memory: int = 4 << 30
    """Bytes of address space; onnxruntime, pandas and deepchecks map 1.2 GB before any model is loaded."""
    file: int = 64 << 20
    """Bytes of any file that it writes, all in a scratch directory."""
    files: int = 256
    processes: int = 256
    """Threads and processes beside those that run already."""


def confine(limits: Limits, parent: int) -> None:
    """Limit this process and all that it starts, and let it end with its parent, whose id is given."""
    ctypes.CDLL(None).prctl(PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the parent is gone")
    running = int(Path("/proc/loadavg").read_text().split()[3].split("/")[1])
    for what, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_FSIZE, limits.file),
        (resource.RLIMIT_NOFILE, limits.files),
        (resource.RLIMIT_NPROC, running + limits.processes),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (limit, hard if what == resource.RLIMIT_CPU else limit))


if __name__ == "__main__":
    limits = Limits(**json.loads(sys.argv[2]))
    confine(limits, int(sys.argv[1]))
    # Go programs ignore SIGXCPU; the hard limit, a second later, is SIGKILL.
    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(
        resource.RLIMIT_CPU, (soft, soft + 1 if hard == resource.RLIM_INFINITY else min(soft + 1, hard))
    )
    os.execv(sys.argv[3], sys.argv[3:])  # noqa: S606 - an absolute path, chosen by the parent
