"""What is known of a model before its directory is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class NewModel:
    """What the owner gives: a name, files, and what no file tells."""

    name: str
    onnx: Path
    reference: Path
    evaluation: Path
    label: str
    owners: tuple[str, ...]
    task: str
    columns: tuple[str, ...] = ()
    """Of an input with several columns, in order; empty to take the table's, less the label."""
