"""What Sluicegate says of each hostile artifact and pull request, and what that takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hostile.case import Case
from hostile.expected import Expected
from hostile.pull import Pull, new_base, opened
from hostile.rivals import verdicts

BATCH = 50
PULL_S = 120.0
"""Seconds that a pull request may take."""
SLUICE = (sys.executable, "-m", "sluicegate.ci")


@dataclass(frozen=True)
class Row:
    """One of them: whether it was refused as it should be, and what the processes took that judged it."""

    threat: str
    name: str
    messages: Sequence[str]
    named: bool
    cpu_s: float
    rss: int
    """Bytes: of the child that judged an artifact, of the largest process that judged a pull request."""
    rivals: Mapping[str, str] = field(default_factory=dict)


def judged_cases(cases: Sequence[Case], folder: Path) -> list[Row]:
    """A row for each artifact; they are written below the folder."""
    places = [case.write(folder / str(number)) for number, case in enumerate(cases)]
    rows = []
    for case, place, result in zip(cases, places, scan(places), strict=True):
        taken = float(result["cpu_s"] or 0), int(result["peak_rss_bytes"] or 0)
        rivals = verdicts(place, onnx=case.threat != "files")
        rows.append(_row(case, _found(result), result["verdict"] == "fail", *taken, rivals))
        print(f"artifact {len(rows)} of {len(cases)}: {case.threat}: {case.name}")
    return rows


def scan(places: Sequence[Path]) -> list[dict[str, Any]]:
    """What `sluice scan --format json` says of these paths."""
    results: list[dict[str, Any]] = []
    for first in range(0, len(places), BATCH):
        words = [*SLUICE, "scan", "--format", "json", *map(str, places[first : first + BATCH])]
        results += json.loads(subprocess.run(words, capture_output=True, text=True, check=False).stdout)
    return results


def judged_pulls(pulls: Sequence[Pull], folder: Path) -> list[Row]:
    """A row for each pull request; they are made below the folder, one after another."""
    base = new_base(folder / "base")
    rows = []
    for number, pull in enumerate(pulls):
        with tempfile.TemporaryDirectory(dir=folder) as place:
            row = _pull_row(pull, opened(pull, base, Path(place, "work")).root)
        print(f"pull request {number + 1} of {len(pulls)}: {pull.threat}: {pull.name}: {row.cpu_s:.1f} CPU s")
        rows.append(row)
    return rows


def _pull_row(pull: Pull, root: Path) -> Row:
    words = [*SLUICE, "validate", "-C", str(root), "--no-cache"]
    words += ["--changed", "origin/main..topic", "--format", "json"]
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(["timeout", f"{PULL_S}", *words], stdout=out, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode(errors="replace")
    try:
        found = refusals(json.loads(text))
    except ValueError:  # it crashed, or was ended
        found = [("", text[-500:])]
    return _row(pull, found, process.returncode == 1, used.ru_utime + used.ru_stime, used.ru_maxrss << 10, {})


def refusals(report: dict[str, Any]) -> list[tuple[str, str]]:
    """(check, message) of what stops the pull request."""
    good = ("pass", "skipped", "waived")
    return _found({"findings": [one for one in report["findings"] if one["verdict"] not in good]})


def _found(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(one["check"], one["message"]) for one in result["findings"]]


def _row(
    expected: Expected,
    found: Sequence[tuple[str, str]],
    refused: bool,
    cpu_s: float,
    rss: int,
    rivals: Mapping[str, str],
) -> Row:
    named = refused and expected.named_in(found)
    messages = [f"{check}: {message}" for check, message in found]
    return Row(expected.threat, expected.name, messages, named, cpu_s, rss, rivals)
