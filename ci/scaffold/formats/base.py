"""What each format declares, and the columns that a model of it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
import numpy.typing as npt

from sluicegate.ci.scaffold.guess import TYPICAL
from sluicegate.validators.runner.inputs import Unavailable

if TYPE_CHECKING:
    import pandas as pd
    from onnx import ModelProto

Array = npt.NDArray[Any]
OPSETS = {"": 17, "ai.onnx.ml": 3}
INPUT = "features"
"""The name of an input that takes all columns."""
SHOWN = 20


@dataclass(frozen=True)
class Features:
    """The reference's rows as a model takes them: its columns in order."""

    frame: pd.DataFrame

    @property
    def names(self) -> list[str]:
        """The columns."""
        return [str(name) for name in self.frame.columns]

    @cached_property
    def matrix(self) -> Array:
        """float32, [N, columns]; [N, ...] of one column that holds lists. Raises Unavailable for text."""
        from sluicegate.validators.evaluation.feeds import fitted, stacked

        parts = [fitted(stacked(self.frame[name]), "float32", name) for name in self.names]
        if len(parts) == 1 and parts[0].ndim > 1:
            return parts[0]
        return np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)


class Format(Protocol):
    """A module of this package."""

    REQUIRES: tuple[str, ...]
    """Modules that have to be installed; the extra is called as the format."""
    SUFFIXES: tuple[str, ...]
    """Of its files."""
    SAVE_AS: str
    """How to write such a file."""
    RUNS_CODE: bool
    """Whether reading a file may run code that lies in it, as a pickle does."""

    def load(self, path: Path) -> Any:
        """The model of a file."""

    def columns(self, model: Any) -> list[str]:
        """The columns that it was trained on, as far as it knows their names."""

    def to_onnx(self, model: Any, features: Features) -> ModelProto:
        """The ONNX model, with an input for all columns, or one for each."""

    def answers(self, model: Any, features: Features) -> list[Array | None]:
        """The library's own answers, [N, ...], by the ONNX model's outputs; None where it gives none."""


def format_of(name: str) -> Format:
    """The format of that name."""
    return cast(Format, import_module(f"sluicegate.ci.scaffold.formats.{name}"))


def missing(declared: Format) -> list[str]:
    """The modules that the format needs and that are not installed."""
    return [name for name in declared.REQUIRES if find_spec(name) is None]


def features_of(
    table: pd.DataFrame, known: Sequence[str], columns: Sequence[str], without: Sequence[str]
) -> Features:
    """The columns that are named; else those that the model knows; else all but the label.

    Raises Unavailable where a column is not there.
    """
    names = [str(name) for name in table.columns]
    left = [name for name in names if name not in without and name.lower() not in TYPICAL]
    wanted = list(columns) or (list(known) if known and set(known) <= set(names) else left)
    absent = [name for name in wanted if name not in names]
    if absent or not wanted:
        raise Unavailable(
            f"the reference has no column {', '.join(absent[:SHOWN]) or 'left for the model'}",
            remedy=f"Name the model's columns in its order: --columns, of {', '.join(names[:SHOWN])}.",
        )
    return Features(table[wanted])
