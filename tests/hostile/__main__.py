"""`make hostile`: hostile artifacts, hostile pull requests and sound models, judged by the real commands.

`python -m hostile [PART...]` judges these parts again, and keeps each in build/hostile. From all four it
writes docs/hostile.md, and exits with 1 where one is accepted, its cause is not named, or a sound one is
refused.
"""

from __future__ import annotations

import json
import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hostile.benign import Sound, benign_rows
from hostile.case import every_case
from hostile.judged import Row, judged_cases, judged_pulls
from hostile.page import page
from hostile.pull import every_pull
from hostile.real import real_rows

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "hostile.md"
KEPT = ROOT / "build" / "hostile"
PARTS: dict[str, Callable[[Path], Sequence[Row] | Sequence[Sound]]] = {
    "artifacts": lambda folder: judged_cases(list(every_case()), folder),
    "pulls": lambda folder: judged_pulls(list(every_pull()), folder),
    "suite": benign_rows,
    "real": lambda folder: real_rows(),
}


def main(parts: Sequence[str]) -> int:
    """Judge these parts, or all, and write the page."""
    warnings.filterwarnings("ignore", category=RuntimeWarning, module="onnx")
    for part in parts or PARTS:
        with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
            rows = PARTS[part](Path(folder, part))
        KEPT.mkdir(parents=True, exist_ok=True)
        (KEPT / f"{part}.json").write_text(json.dumps([asdict(row) for row in rows]))
    missing = [part for part in PARTS if not (KEPT / f"{part}.json").exists()]
    if missing:
        print(f"{PAGE.name} not written: {', '.join(missing)} was not judged yet")
        return 1
    artifacts, pulls = (_kept(part, Row) for part in ("artifacts", "pulls"))
    suite, real = (_kept(part, Sound) for part in ("suite", "real"))
    suite = [one for one in suite if not one.draws]
    PAGE.write_text(page(artifacts, pulls, suite, real), "utf-8")
    wrong = [row for row in (*artifacts, *pulls) if not row.named]
    refused = [row for row in (*suite, *real) if row.refused]
    for row in wrong:
        print(f"not refused with its cause: {row.threat}: {row.name}: {row.messages}")
    for sound in refused:
        print(f"refused, and sound: {sound.name}: {sound.refused}")
    for rows, words in ((artifacts, "artifacts"), (pulls, "pull requests")):
        named = sum(row.named for row in rows)
        print(f"{named} of {len(rows)} hostile {words} refused with their cause named")
    print(f"{len(refused)} of {len(suite) + len(real)} sound models refused")
    print(f"{PAGE.name} written")
    return 1 if wrong or refused else 0


def _kept(part: str, kind: Callable[..., Any]) -> list[Any]:
    return [kind(**row) for row in json.loads((KEPT / f"{part}.json").read_text())]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
