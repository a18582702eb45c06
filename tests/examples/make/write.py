"""One example, as a directory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

READ_ROWS = (
    "quality",
    "score-edges",
    "input-drift-reference",
    "data-integrity",
    "data-drift",
    "deepchecks-conditions",
    "data-columns",
    "data-privacy",
    "target-leakage",
    "latency",
    "expectations",
    "own-tests",
    "parity",
    "artifact-digests",
    "every-check",
    "formula",
)
"""The checks, or their cases, whose examples need their tables."""


def write(
    case: Path, *, verdict: str, says: str, candidate: Mapping[str, bytes] | None = None, **sides: Any
) -> None:
    """One example; `production`, `base` (files of the model), `changed` (paths), `beside` (other files).

    `base/` before the path of another file puts it on that side.
    """
    lines = [f"verdict: {verdict}", f"says: {says!r}"]
    if "changed" in sides:
        lines.append(f"changed: [{', '.join(sides['changed'])}]")
    for name, text in sides.get("beside", {}).items():
        file = case / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    trees = {
        "models": candidate,
        "production/models": sides.get("production"),
        "base/models": sides.get("base"),
    }
    for folder, files in trees.items():
        for name, data in (files or {}).items():
            if name.endswith(".csv") and not {case.name, case.parent.name} & set(READ_ROWS):
                continue
            file = case / folder / "tiny" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    case.mkdir(parents=True, exist_ok=True)
    (case / "expect.yaml").write_text("\n".join(lines) + "\n")
