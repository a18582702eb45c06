"""Run a tool on untrusted input: limited as the sandbox's child is, with nothing of ours around it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sluicegate.specs.errors import SluiceError
from sluicegate.validators.runner import limits as limiting
from sluicegate.validators.runner.limits import Limits

TOOL = Limits(wall_s=60, cpu_s=60, memory=4 << 30, file=16 << 20)
"""For one run of a tool; a Go program maps some hundred MB before it does anything."""
SAID = 64_000
"""Bytes of stderr that are read."""


@dataclass(frozen=True)
class Done:
    """How a tool ended: `code` as of subprocess, its stdout whole, the end of its stderr."""

    code: int
    output: bytes
    said: str


class ToolError(SluiceError):
    """A tool ran into a limit, or did not start; the message says which."""


class ToolAbsent(Exception):
    """A program is not there; the message says where it was looked for, `remedy` how to have it."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


def tool(name: str, variable: str, remedy: str) -> Path:
    """Where a program is: as an environment variable says, else on PATH. Raises ToolAbsent."""
    said = os.environ.get(variable)
    found = shutil.which(said or name)
    if found is None:
        where = f"{variable}={said!r} is no program" if said else f"{name} is not on PATH"
        raise ToolAbsent(where, f"{remedy}, or name it with {variable}.")
    return Path(found).resolve()


def run(command: Sequence[str | Path], folder: Path, limits: Limits = TOOL) -> Done:
    """Run it in a directory, to its end. Raises ToolError where it meets a limit.

    It gets an empty environment with `folder` as its home, no stdin, and a session of its own, of which
    nothing is left afterwards. Its output goes to files, so the limit on files limits it.
    """
    launcher = [sys.executable, "-I", "-S", limiting.__file__, str(os.getpid()), json.dumps(asdict(limits))]
    output, said = folder / ".stdout", folder / ".stderr"
    with output.open("wb") as stdout, said.open("wb") as stderr:
        process = subprocess.Popen(
            [*launcher, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            cwd=folder,
            env={"HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8", "PATH": "/nonexistent"},
            start_new_session=True,
        )
        try:
            code = process.wait(timeout=limits.wall_s)
        except subprocess.TimeoutExpired:
            raise ToolError(f"over the wall limit of {limits.wall_s:g} s") from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    done = Done(code, output.read_bytes(), said.read_bytes()[-SAID:].decode("utf-8", "replace"))
    if code == -signal.SIGXCPU:
        raise ToolError(f"over the CPU limit of {limits.cpu_s} s")
    if code == -signal.SIGXFSZ or len(done.output) >= limits.file:
        raise ToolError(f"over the limit of {limits.file} bytes of output")
    if "out of memory" in done.said or "cannot allocate memory" in done.said:
        raise ToolError(f"over the memory limit of {limits.memory} bytes")
    if code == -signal.SIGKILL:
        raise ToolError(f"killed, as past its CPU limit of {limits.cpu_s} s or when memory runs out")
    if code < 0:
        raise ToolError(f"its process ended by {signal.Signals(-code).name}")
    return done
