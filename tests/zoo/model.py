"""A model of the zoo: two versions of it with the library's own answers, and the figures these have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

TOLERANCE = 1e-5
"""How far a figure may be from the library's, unless the model says why it is more."""
Figures = Iterable[tuple[Mapping[str, Any], float]]
"""A metric with its parameters, as `quality` names it, and the library's value."""


class Absent(Exception):
    """A kind cannot be made here; its message says what is missing."""


@dataclass(frozen=True)
class Version:
    """One trained and exported version."""

    onnx: bytes
    figures: Sequence[tuple[Mapping[str, Any], float]]
    answers: Mapping[str, np.ndarray]
    """What the library answers to the rows of the request, by output; not every output has to be there."""


@dataclass(frozen=True)
class Model:
    """What an owner has: two tables, two versions, and what they have to tell `sluice new model`."""

    name: str
    library: str
    reference: pd.DataFrame
    evaluation: pd.DataFrame
    request: Mapping[str, np.ndarray]
    """By input, the first rows of the evaluation set."""
    versions: tuple[Version, Version]
    options: tuple[str, ...] = ()
    """Of `sluice new model`, beside the three files."""
    form: str = "parquet"
    """Of the tables: parquet or csv."""
    tolerance: float = TOLERANCE
    reason: str = ""
    """Why the tolerance is more than usual."""


ROWS = 3
"""Of a request."""


def table(values: np.ndarray, label: np.ndarray, prefix: str = "x", name: str = "label") -> pd.DataFrame:
    """Numbers as columns x0, x1, ..., and the label."""
    columns = {f"{prefix}{number}": values[:, number] for number in range(values.shape[1])}
    return pd.DataFrame({**columns, name: label})


def lists(values: np.ndarray, label: Any, column: str = "x", **more: Any) -> pd.DataFrame:
    """One column that holds each row's numbers as a list."""
    return pd.DataFrame({column: [row.reshape(-1).tolist() for row in values], "label": label, **more})


def grid(values: np.ndarray, steps: int = 64) -> np.ndarray:
    """Rounded to parts of a power of two: float32 and float64 then hold the same number."""
    return (np.round(values * steps) / steps).astype(np.float32)
