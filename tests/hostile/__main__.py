"""`make hostile`: hostile artifacts, hostile pull requests and sound models, judged by the real commands.

Writes docs/hostile.md. Exits with 1 where one is accepted, its cause is not named, or a sound one is refused.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from pathlib import Path

from hostile.benign import benign_rows
from hostile.case import every_case
from hostile.judged import judged
from hostile.page import Judged, page
from hostile.pull import every_pull
from hostile.pulls_judged import judged_pulls
from hostile.real import real_rows

PAGE = Path(__file__).parents[2] / "docs" / "hostile.md"


def main() -> int:
    """Judge all of them, and write the page."""
    warnings.filterwarnings("ignore", category=RuntimeWarning, module="onnx")
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        everything = Judged(
            judged(list(every_case()), Path(folder, "bad")),
            judged_pulls(list(every_pull()), Path(folder, "pulls")),
            benign_rows(Path(folder, "good")),
            real_rows(),
        )
    PAGE.write_text(page(everything), "utf-8")
    wrong = [row for row in everything.artifacts if not row.named]
    wrong_pulls = [row for row in everything.pulls if not row.named]
    refused = [row for row in (*everything.suite, *everything.real) if row.refused]
    for row in wrong:
        print(f"not refused with its cause: {row.case.threat}: {row.case.name}: {row.messages}")
    for pull in wrong_pulls:
        print(f"not refused with its cause: {pull.pull.threat}: {pull.pull.name}: {pull.messages}")
    for sound in refused:
        print(f"refused, and sound: {sound.name}: {sound.refused}")
    print(f"{_share(everything.artifacts, wrong)} hostile artifacts refused with their cause named")
    print(f"{_share(everything.pulls, wrong_pulls)} hostile pull requests refused with their cause named")
    print(f"{len(refused)} of {len(everything.suite) + len(everything.real)} sound models refused")
    print(f"{PAGE.name} written")
    return 1 if wrong or wrong_pulls or refused else 0


def _share(every: list[object] | tuple[object, ...], wrong: list[object]) -> str:
    return f"{len(every) - len(wrong)} of {len(every)}"


if __name__ == "__main__":
    sys.exit(main())
