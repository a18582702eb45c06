"""What a run saw of each kind, kept in files: the pages are written from all kinds that were run."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from zoo.course import Passage
from zoo.material import Kind


def keep(passages: list[Passage], path: Path) -> None:
    """Write what became of a kind's models."""
    held = [{name: value for name, value in asdict(one).items() if name != "specimen"} for one in passages]
    path.write_text(json.dumps(held, indent=1), encoding="utf-8")


def kept(kind: Kind, path: Path) -> list[Passage] | None:
    """What an earlier run saw of a kind; None where it did not run, or of other models."""
    if not path.is_file():
        return None
    held: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    if len(held) != len(kind.specimens):
        return None
    return [_passage(specimen, one) for specimen, one in zip(kind.specimens, held, strict=True)]


def _passage(specimen: Any, held: dict[str, Any]) -> Passage:
    first, second = held.pop("findings")
    rows = [(name, wanted, found) for name, wanted, found in held.pop("rows")]
    return Passage(specimen=specimen, findings=(first, second), rows=rows, **held)
