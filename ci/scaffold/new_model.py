"""What is known about a model before its directory is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sluicegate.specs.values import ClassName
from sluicegate.validators.onnx.facts import Graph

if TYPE_CHECKING:
    import pandas as pd


FORMATS = ("sklearn", "xgboost", "lightgbm", "torch", "keras")
"""The formats that can be converted; one file each in `formats`."""


@dataclass(frozen=True)
class NewModel:
    """What the owner passes: a name, files, and what no file shows. The rest is found in graph and data."""

    name: str
    onnx: Path
    reference: Path
    evaluation: Path
    owners: tuple[str, ...]
    labels: tuple[str, ...] = ()
    """The label's column, or columns."""
    task: str = ""
    columns: tuple[str, ...] = ()
    """Of an input with several columns, in order."""
    classes: tuple[str, ...] = ()
    """In the order of the output's numbers, as text."""
    output: str = ""
    """The one that is judged."""
    group: str = ""
    run: bool = True
    """Whether the model is run: on the reference for its score's edges, on the evaluation rows for rules."""
    draft: bool = False
    """Whether it takes the place of a draft, whose ONNX file `onnx` is."""


@dataclass(frozen=True)
class Samples:
    """The owner's tables, reference first, and which columns are the label."""

    tables: tuple[pd.DataFrame, pd.DataFrame]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """The rest of model.yaml, beside the signature and the files."""

    task: str
    labels: tuple[str, ...]
    group: str = ""
    classes: tuple[ClassName, ...] = ()
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """By input, how it is prepared."""
    detection: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Contents:
    """What model.yaml and the model card are written from."""

    new: NewModel
    found: Found
    graph: Graph
    inputs: Sequence[dict[str, Any]]
    outputs: Sequence[dict[str, Any]]
    digests: Mapping[str, str]
    """By path in the directory, artifact first."""
    columns: Sequence[str] = ()
    """The lines of `data.columns`."""
