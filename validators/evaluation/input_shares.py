"""The shares of an input column that `input_drift` watches, from the rows of the reference data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sluicegate.specs.model import ModelSpec, Tensor
from sluicegate.validators.runner.inputs import Unavailable

if TYPE_CHECKING:
    import pandas as pd

DECILES = tuple(number / 10 for number in range(1, 10))
MOST_VALUES = 20
"""Distinct words of a column that are proposed, the most frequent ones."""
FAULT = "data-integrity"


@dataclass(frozen=True)
class Shares:
    """What a server would count of these rows: `reference` by edge or by value."""

    missing: float
    reference: tuple[float, ...]


def above(frame: pd.DataFrame, spec: ModelSpec, name: str, edges: tuple[float, ...]) -> Shares:
    """Of numbers: the share without one, and above each edge, in the input's own type. Raises Unavailable."""
    values = _numbers(frame, spec, name)
    shares = tuple(float((values > edge).mean()) for edge in edges)
    return Shares(float(np.isnan(values).mean()), shares)


def equal(frame: pd.DataFrame, name: str, values: tuple[str | int, ...]) -> Shares:
    """Of categories: the share with each value. Raises Unavailable."""
    column = _column(frame, name)
    return Shares(0.0, tuple(float((column == value).mean()) for value in values))


def proposal(frame: pd.DataFrame, spec: ModelSpec, name: str) -> str:
    """One column of `input_drift` as model.yaml has it: deciles of numbers, or the most frequent words.

    Raises Unavailable.
    """
    if _tensor(spec, name).dtype == "string":
        words = tuple(_column(frame, name).value_counts().index[:MOST_VALUES])
        return _flow(name, "values", words, equal(frame, name, words))
    numbers = _numbers(frame, spec, name)
    edges = tuple(float(f"{edge:.6g}") for edge in np.unique(np.nanquantile(numbers, DECILES)))
    return _flow(name, "edges", edges, above(frame, spec, name, edges))


def _flow(name: str, key: str, kinds: tuple[Any, ...], shares: Shares) -> str:
    listed = ", ".join(f"{kind:g}" if key == "edges" else f'"{kind}"' for kind in kinds)
    reference = ", ".join(f"{share:.4g}" for share in shares.reference)
    missing = f", missing: {shares.missing:.4g}" if shares.missing else ""
    return f"{name}: {{{key}: [{listed}], reference: [{reference}]{missing}}}"


def _tensor(spec: ModelSpec, name: str) -> Tensor:
    for tensor in spec.signature.inputs:
        if name in (tensor.columns or (tensor.name,)):
            return tensor
    raise Unavailable(f"the model has no input column {name!r}", FAULT, "Name one of its inputs'.")


def _column(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    if name not in frame.columns:
        raise Unavailable(f"the reference has no column {name!r}", FAULT)
    return frame[name]


def _numbers(frame: pd.DataFrame, spec: ModelSpec, name: str) -> npt.NDArray[np.float64]:
    """As the server compares them: the model's own type, widened."""
    dtype = _tensor(spec, name).dtype
    try:
        column = _column(frame, name).to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        reason = f"the column {name!r} of the reference is not of numbers: {error}"
        raise Unavailable(reason, FAULT) from error
    return column.astype(dtype).astype(np.float64) if dtype.startswith("float") else column
