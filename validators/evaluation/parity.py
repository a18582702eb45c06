"""How far two versions of a model answer differently on the same rows: the arithmetic of `parity`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sluicegate.validators.evaluation.estimates import Estimate, Undefined, clopper_pearson
from sluicegate.validators.evaluation.predictions import Predictions

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Gap:
    """The largest difference of an output's numbers, as a share of the range that the original's have."""

    output: str
    share: float
    """Infinite where a number is missing on one side, or where the original's are all one number."""
    row: int
    """Where it is, from 1."""


def largest_gap(candidate: Mapping[str, Array], original: Mapping[str, Array]) -> Gap | None:
    """The largest of all outputs that hold floating-point numbers, [N, ...] each; None where none does.

    Equal non-finite numbers do not differ. Raises Undefined where the outputs
    have other names or shapes.
    """
    if candidate.keys() != original.keys():
        raise Undefined(f"the outputs are {_names(candidate)}, and were {_names(original)}")
    floats = [name for name, values in original.items() if values.dtype.kind == "f"]
    gaps = [_gap(name, candidate[name], original[name]) for name in floats]
    return max(gaps, key=lambda gap: gap.share, default=None)


def _names(outputs: Mapping[str, Array]) -> str:
    return ", ".join(sorted(outputs))


def _gap(name: str, candidate: Array, original: Array) -> Gap:
    if candidate.shape != original.shape:
        raise Undefined(f"output {name!r} has the shape {candidate.shape}, and had {original.shape}")
    new, old = (values.reshape(len(values), -1).astype(np.float64) for values in (candidate, original))
    same = (new == old) | (np.isnan(new) & np.isnan(old))
    finite = old[np.isfinite(old)]
    extent = float(finite.max() - finite.min()) if len(finite) else 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(same, 0.0, np.abs(new - old) / extent)
    shares = np.where(np.isnan(shares), np.inf, shares).max(axis=1, initial=0.0)
    row = int(shares.argmax()) if len(shares) else 0
    return Gap(name, float(shares[row]) if len(shares) else 0.0, row + 1)


@dataclass(frozen=True)
class Flips:
    """How often both versions decide otherwise, of so many rows, or queries in ranking."""

    share: Estimate
    count: int
    unit: str


def flips(pairs: Sequence[tuple[Predictions, Predictions]], confidence: float = 0.95) -> Flips | None:
    """The share decided otherwise by (candidate, original) over all pairs, by Clopper and Pearson.

    Decided are a row's class or labels; in ranking, which row of a query is first, so that queries are
    counted. None for tasks that decide nothing. Raises Undefined where the scores have no threshold.
    """
    changed = [part for pair in pairs if (part := _changed(*pair)) is not None]
    if not changed:
        return None
    every = np.concatenate(changed)
    unit = "rows" if pairs[0][1].groups is None else "queries"
    return Flips(clopper_pearson(int(every.sum()), len(every), confidence), len(every), unit)


def _changed(candidate: Predictions, original: Predictions) -> Array | None:
    if original.values is not None:
        return None
    if original.groups is not None:
        others: Array = _first(candidate) != _first(original)
        return others
    if candidate.decisions is None or original.decisions is None:
        raise Undefined("scores that are not from 0 to 1 are decided by no threshold")
    new, old = (side.decisions.reshape(len(side), -1) for side in (candidate, original))  # type: ignore[union-attr]
    different: Array = (new != old).any(axis=1)
    return different


def _first(judged: Predictions) -> Array:
    """The row with the highest score of each query; of equal scores the first."""
    if judged.scores is None or judged.groups is None:
        raise Undefined("rows without scores have no order")
    order = np.lexsort((np.arange(len(judged)), -judged.scores, judged.groups))
    starts = np.flatnonzero(np.r_[True, np.diff(judged.groups[order]) != 0])
    first: Array = order[starts]
    return first
