"""The log of a crash: what a maintainer needs to find the fault, in a file outside of the repository.

After pre-commit's `error_handler.py`, which writes the same to a file below ~/.cache.
"""

from __future__ import annotations

import os
import platform
import shlex
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sluicegate.specs.redaction import redacted, redacted_arguments

KEPT = 20
"""Logs that stay in the directory; each further crash removes the oldest."""
PACKAGES = ("click", "numpy", "onnx", "onnxruntime", "onnxruntime-gpu", "pandas", "pydantic", "deepchecks")
"""Whose versions have explained crashes."""


def write(error: BaseException, arguments: Sequence[str]) -> Path:
    """Write the log of a crash in the first directory that takes it, readable by its owner alone.

    Raises OSError where none does.
    """
    text = content(error, arguments)
    refused = OSError("no directory takes it")
    for directory in directories():
        try:
            return _write(directory, text)
        except OSError as problem:
            refused = problem
    raise refused


def reference(error: BaseException) -> str:
    """Write the log of a fault that the program survives, and say where it is: `details are in PATH`."""
    try:
        return f"details are in {write(error, sys.argv)}"
    except OSError as problem:
        return f"its log could not be written ({problem})"


def content(error: BaseException, arguments: Sequence[str]) -> str:
    """What the log says: versions, platform, command and traceback, without secrets."""
    lines = [
        f"sluice crashed: {type(error).__name__}",
        f"time: {datetime.now(UTC).isoformat(timespec='seconds')}",
        f"version: {_version('sluicegate')}",
        f"python: {sys.version}",
        f"executable: {sys.executable}",
        f"platform: {platform.platform()}",
        f"packages: {', '.join(f'{name} {_version(name)}' for name in PACKAGES)}",
        f"command: {shlex.join(redacted_arguments(arguments))}",
        "",
        *traceback.format_exception(error),
    ]
    return redacted("\n".join(lines).rstrip()) + "\n"


def directories() -> Iterator[Path]:
    """Where a log may lie: the state directory, the cache, the temporary directory; no work tree of git."""
    return (directory for directory in _candidates() if not _in_work_tree(directory))


def _candidates() -> Iterator[Path]:
    state = os.environ.get("XDG_STATE_HOME", "")
    if Path(state).is_absolute():
        yield Path(state) / "sluicegate"
    with suppress(RuntimeError):  # no home directory is known
        yield Path.home() / ".cache" / "sluicegate"
    with suppress(OSError):  # no temporary directory can be written
        yield Path(tempfile.gettempdir())


def _in_work_tree(directory: Path) -> bool:
    """Whether git could show a file of it as untracked: `tempfile` falls back on the current directory."""
    return any((parent / ".git").exists() for parent in (directory, *directory.parents))


def _write(directory: Path, text: str) -> Path:
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    began = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    # mkstemp: a new file of mode 0600, also where somebody else writes to the same temporary directory.
    descriptor, name = tempfile.mkstemp(prefix=f"sluice-crash-{began}-", suffix=".log", dir=directory)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    for old in sorted(directory.glob("sluice-crash-*.log"))[:-KEPT]:
        with suppress(OSError):  # another process has removed it, or it is another user's
            old.unlink()
    return Path(name)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
