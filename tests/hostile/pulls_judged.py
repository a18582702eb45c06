"""What `sluice validate --changed` says of each hostile pull request, and what that takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hostile.pull import Pull, new_base, opened

LIMIT_S = 120.0


@dataclass(frozen=True)
class PullRow:
    """One pull request: whether it was refused as it should be, and what the processes took."""

    pull: Pull
    code: int
    messages: tuple[str, ...]
    named: bool
    cpu_s: float
    rss: int
    """Bytes of the largest process."""


def judged_pulls(pulls: Sequence[Pull], folder: Path) -> list[PullRow]:
    """A row for each; they are made below the folder, one after another."""
    base = new_base(folder / "base")
    rows = []
    for number, pull in enumerate(pulls):
        with tempfile.TemporaryDirectory(dir=folder) as place:
            row = _judged(pull, opened(pull, base, Path(place, "work")).root)
        print(f"pull request {number + 1} of {len(pulls)}: {pull.threat}: {pull.name}: {row.cpu_s:.1f} CPU s")
        rows.append(row)
    return rows


def _judged(pull: Pull, root: Path) -> PullRow:
    words = [sys.executable, "-m", "sluicegate.ci", "validate", "-C", str(root), "--no-cache"]
    words += ["--changed", "origin/main..topic", "--format", "json"]
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(["timeout", f"{LIMIT_S}", *words], stdout=out, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = code = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode(errors="replace")
    found = _findings(text)
    named = any(check == pull.check and pull.says in message for check, message in found)
    messages = tuple(f"{check}: {message}" for check, message in found) or (text[-500:],)
    return PullRow(
        pull, code, messages, named and code == 1, used.ru_utime + used.ru_stime, used.ru_maxrss << 10
    )


def _findings(text: str) -> list[tuple[str, str]]:
    try:
        return refusals(json.loads(text))
    except ValueError:
        return []


def refusals(report: dict[str, Any]) -> list[tuple[str, str]]:
    """(check, message) of what stops the pull request."""
    good = ("pass", "skipped", "waived")
    return [(one["check"], one["message"]) for one in report["findings"] if one["verdict"] not in good]
