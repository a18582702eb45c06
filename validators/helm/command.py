"""Run a tool on untrusted input: limited as the sandbox's child is, with nothing of ours around it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sluicegate.specs.errors import SluiceError
from sluicegate.validators.runner import limits as limiting
from sluicegate.validators.runner.limits import Limits

TOOL = Limits(wall_s=60, cpu_s=60, memory=4 << 30, file=16 << 20)
"""For one run of a tool; a Go program maps some hundred MB before it does anything."""
STDERR = 64_000
"""Bytes of stderr that are read."""


@dataclass(frozen=True)
class Done:
    """How a tool ended: `code` as of subprocess, its stdout whole, the end of its stderr."""

    code: int
    output: bytes
    stderr: str


class ToolError(SluiceError):
    """A tool ran into a limit, or did not start; the message is a predicate: f"{tool} {error}"."""


class ToolAbsent(SluiceError):
    """A program is not there; the message says where it was looked for, the remedy how to have it."""


def tool(name: str, variable: str, remedy: str) -> Path:
    """Where a program is: as an environment variable says, else on PATH. Raises ToolAbsent."""
    named = os.environ.get(variable)
    path = shutil.which(named or name)
    if path is None:
        message = f"{variable}={named!r} is not a program" if named else f"{name} is not on PATH"
        raise ToolAbsent(message, f"{remedy}, or name it with {variable}.")
    return Path(path).resolve()


def run(
    command: Sequence[str | Path],
    folder: Path,
    limits: Limits = TOOL,
    variables: Mapping[str, str] | None = None,
) -> Done:
    """Run it in a directory, to its end. Raises ToolError where it meets a limit.

    It gets an environment of these variables alone with `folder` as its home, no stdin, and a session of its
    own, of which nothing is left afterwards. Its output goes to files, so the limit on files limits it.
    """
    home = {"HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8", "PATH": "/nonexistent"}
    launcher = [sys.executable, "-I", "-S", limiting.__file__, str(os.getpid()), json.dumps(asdict(limits))]
    output = folder / ".stdout"
    errors = folder / ".stderr"
    with output.open("wb") as stdout, errors.open("wb") as stderr:
        process = subprocess.Popen(
            [*launcher, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            cwd=folder,
            env={**(variables or {}), **home},
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
    done = Done(code, output.read_bytes(), errors.read_bytes()[-STDERR:].decode("utf-8", "replace"))
    if code == -signal.SIGXCPU:
        raise ToolError(f"over the CPU limit of {limits.cpu_s} s")
    if code == -signal.SIGXFSZ or len(done.output) >= limits.file:
        raise ToolError(f"over the limit of {limits.file} bytes of output")
    if "out of memory" in done.stderr or "cannot allocate memory" in done.stderr:
        raise ToolError(f"over the memory limit of {limits.memory} bytes")
    if code == -signal.SIGKILL:
        raise ToolError(f"killed, as past its CPU limit of {limits.cpu_s} s or when memory runs out")
    if code < 0:
        raise ToolError(f"its process ended by {signal.Signals(-code).name}")
    return done
