"""How far columns of lists and of pictures are from the reference: series, embeddings, tokens, boxes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.evaluation.feeds import holds_lists, is_list
from sluicegate.validators.evaluation.pictures import looks, picture_columns

Array = npt.NDArray[Any]
SEED = 20_241_126
MOST_PICTURES = 2_000
"""Pictures of each sample that are looked at, drawn with a fixed seed."""


def list_drift(names: Iterable[str], reference: pd.DataFrame, evaluation: pd.DataFrame) -> dict[str, float]:
    """For each of the columns that holds lists, how far its rows are from the reference, 0 to 1.

    The largest Kolmogorov-Smirnov distance of three figures of a row: its length, and mean and spread of its
    numbers, as of a series that moves more; of words, the share of the reference's most frequent one.
    """
    scores: dict[str, float] = {}
    for name in names:
        if not holds_lists(evaluation[name]):
            continue
        rows = [[_flat(value) for value in frame[name]] for frame in (reference, evaluation)]
        frequent = _most_frequent(rows[0])
        scores[name] = _distance(*(_figures(some, frequent) for some in rows))
    return scores


def picture_drift(spec: ModelSpec, reference: pd.DataFrame, evaluation: pd.DataFrame) -> dict[str, float]:
    """For each column of pictures, how far their brightness and contrast are from the reference, 0 to 1.

    Raises Unavailable for one that cannot be decoded.
    """
    return {
        name: _distance(*(looks(_some(frame[name]), name) for frame in (reference, evaluation)))
        for name, _ in picture_columns(spec).values()
    }


def _some(column: pd.Series[Any]) -> pd.Series[Any]:
    return column if len(column) <= MOST_PICTURES else column.sample(MOST_PICTURES, random_state=SEED)


def _flat(value: Any) -> list[Any]:
    """The numbers or words of a list, nested or not."""
    if isinstance(value, np.ndarray) and value.dtype.kind != "O":
        numbers: list[Any] = value.ravel().tolist()
        return numbers
    return [part for item in value for part in _flat(item)] if is_list(value) else [value]


def _most_frequent(rows: list[list[Any]]) -> str | None:
    """The most frequent word; None for lists of numbers."""
    words = Counter(value for row in rows for value in row if isinstance(value, str))
    return words.most_common(1)[0][0] if words else None


def _figures(rows: list[list[Any]], frequent: str | None) -> Array:
    """Length, mean and spread of each row, [N, 3]; of words length and share, [N, 2]."""
    if frequent is not None:
        return np.array([(len(row), row.count(frequent) / max(len(row), 1)) for row in rows])
    figures = np.full((len(rows), 3), np.nan)
    for place, row in enumerate(rows):
        numbers = np.array([value for value in row if value is not None], dtype=np.float64)
        numbers = numbers[~np.isnan(numbers)]
        figures[place, 0] = len(row)
        if len(numbers):
            figures[place, 1:] = numbers.mean(), numbers.std()
    return figures


def _distance(one: Array, other: Array) -> float:
    """The largest distance of a figure; rows without it, as of an empty list, are left out."""
    from scipy.stats import ks_2samp

    pairs = [
        (mine[~np.isnan(mine)], theirs[~np.isnan(theirs)])
        for mine, theirs in zip(one.T, other.T, strict=True)
    ]
    return max((float(ks_2samp(*pair).statistic) for pair in pairs if all(map(len, pair))), default=0.0)
