"""What `sluice scan` and onnx.checker say of each case, and what that takes."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hostile.case import Case

BATCH = 50
CHECKER_S = 5.0
"""Seconds that onnx.checker gets for a file."""


@dataclass(frozen=True)
class Row:
    """One case: whether it was refused as it should be, and what the process took that judged it."""

    case: Case
    verdict: str
    messages: tuple[str, ...]
    named: bool
    cpu_s: float
    rss: int
    checker: str
    """What onnx.checker does: `refuses`, `accepts`, `hangs`, `dies`, or nothing where there is no model."""


def judged(cases: Sequence[Case], folder: Path) -> list[Row]:
    """A row for each; they are written below the folder."""
    places = [case.write(folder / str(number)) for number, case in enumerate(cases)]
    results = scan(places)
    return [_row(case, place, result) for case, place, result in zip(cases, places, results, strict=True)]


def scan(places: Sequence[Path]) -> list[dict[str, object]]:
    """What `sluice scan --format json` says of these paths."""
    results: list[dict[str, object]] = []
    for first in range(0, len(places), BATCH):
        batch = map(str, places[first : first + BATCH])
        words = [sys.executable, "-m", "sluicegate.ci", "scan", "--format", "json", *batch]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        results += json.loads(done.stdout)
    return results


def _row(case: Case, place: Path, result: dict[str, object]) -> Row:
    found = [(one["check"], one["message"]) for one in result["findings"]]  # type: ignore[attr-defined]
    named = any(check == case.check and case.says in message for check, message in found)
    return Row(
        case,
        str(result["verdict"]),
        tuple(f"{check}: {message}" for check, message in found),
        named and result["verdict"] == "fail",
        float(str(result["cpu_s"] or 0)),
        int(str(result["peak_rss_bytes"] or 0)),
        _checker(place / "model.onnx") if case.threat != "files" else "",
    )


def _checker(path: Path) -> str:
    """onnx.checker in full, in a process of its own."""
    process = multiprocessing.get_context("fork").Process(target=_check, args=(str(path),))
    process.start()
    process.join(CHECKER_S)
    if process.is_alive():
        process.kill()
        process.join()
        return "hangs"
    return {0: "accepts", 1: "refuses"}.get(process.exitcode or 0, "dies")


def _check(path: str) -> None:
    import resource

    import onnx

    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    try:
        onnx.checker.check_model(path, full_check=True)
    except MemoryError:
        raise SystemExit(2) from None
    except Exception:  # whatever it raises is a refusal
        raise SystemExit(1) from None
