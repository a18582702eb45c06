"""`make hostile`: every hostile artifact by `sluice scan`, and every sound model, beside onnx.checker.

Writes docs/hostile.md. Exits with 1 where one is accepted, its cause is not named, or a sound one is refused.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from hostile.benign import benign_rows
from hostile.case import every_case
from hostile.judged import judged
from hostile.page import page

PAGE = Path(__file__).parents[2] / "docs" / "hostile.md"


def main() -> int:
    """Judge all of them, and write the page."""
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        rows = judged(list(every_case()), Path(folder, "bad"))
        benign = benign_rows(Path(folder, "good"))
    PAGE.write_text(page(rows, benign), "utf-8")
    wrong = [row for row in rows if not row.named]
    refused = [row for row in benign if row.refused]
    for row in wrong:
        print(f"not refused with its cause: {row.case.threat}: {row.case.name}: {row.messages}")
    for sound in refused:
        print(f"refused, and sound: {sound.name}: {sound.refused}")
    print(f"{len(rows) - len(wrong)} of {len(rows)} hostile artifacts refused with their cause named")
    print(f"{len(refused)} of {len(benign)} sound models refused; {PAGE.name} written")
    return 1 if wrong or refused else 0


if __name__ == "__main__":
    sys.exit(main())
