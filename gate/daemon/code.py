"""Which code decides: its version, and the commit that it was built from."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import sluicegate
from sluicegate import __version__
from sluicegate.gate.adapters.git.command import GitError, run

CODE = f"sluicegate {__version__}"
"""What decides, as each record names it."""
UNKNOWN = "unknown"
WRITTEN = "REVISION"
"""The file of the package in which a build names its commit (`setup.py`)."""


@cache
def code_commit() -> str:
    """The commit that this code was built from; in a clone its HEAD, `-dirty` behind it where files differ.

    `unknown` where neither the build nor a clone says it.
    """
    return commit_of(Path(sluicegate.__file__).parent)


def commit_of(package: Path) -> str:
    """As `code_commit`, of the package in this directory."""
    written = package / WRITTEN
    try:
        if written.is_file():
            return written.read_text(encoding="ascii").strip() or UNKNOWN
        if not (package.parent / ".git").exists():
            return UNKNOWN
        described = run(
            None, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*", cwd=package.parent
        )
    except (OSError, ValueError, GitError):
        return UNKNOWN
    return described.decode("ascii", "replace").strip()
