"""Sound models of strangers: those inside the wheels that `real.lock` pins."""

from __future__ import annotations

from pathlib import Path

from hostile.benign import Sound
from hostile.judged import scan

FOLDER = Path(__file__).parents[2] / "build" / "hostile" / "real"
"""Where `make hostile` unpacks the wheels; nothing of them is run."""


def real_rows() -> list[Sound]:
    """A row for each ONNX file; none where the wheels are not there."""
    paths = sorted(FOLDER.rglob("*.onnx"))
    results = scan(paths)
    return [
        Sound(path.relative_to(FOLDER).as_posix(), "; ".join(_said(result)))
        for path, result in zip(paths, results, strict=True)
    ]


def _said(result: dict[str, object]) -> list[str]:
    return [f"{one['check']}: {one['message']}" for one in result["findings"]]  # type: ignore[attr-defined]
