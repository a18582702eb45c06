"""How much of the label each column tells by itself: a column that tells all of it is the label, recoded.

Of classes: the label of the nearest value (of text: of the same value) in the one sample is the answer in
the other, and what counts is the share of right answers beyond the most common label's (Goodman and
Kruskal's lambda); the lesser of both directions. Of a quantity: rows are sorted by the column, and what
counts is how much more often the label steps up than down, or the other way: noise of any size makes both
equal, and a copy, in any unit or scale, steps one way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sluicegate.validators.evaluation.feeds import has_a_list, stacked

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
MOST_ROWS = 2_000
"""Rows of each sample, evenly spaced; a copy shows in them."""
MOST_PAIRS = 20_000
"""Pairs of a list's place and a label, about 0.3 ms each; later places of a longer list are not looked at."""
FEW_VALUES = 20
"""Up to so many distinct labels, a quantity is taken as classes."""
FEWEST_STEPS = 10
"""Steps of a label that show something."""


@dataclass(frozen=True)
class Told:
    """How much a column tells of a label: 0 as much as nothing, 1 every row."""

    column: str
    label: str
    share: float


@dataclass(frozen=True)
class _Feature:
    """One number or code a row, reference first; `nearest` tells whether values near each other are alike."""

    parts: tuple[Array, Array]
    nearest: bool


def told_labels(
    frames: tuple[pd.DataFrame, pd.DataFrame],
    columns: Sequence[str],
    labels: tuple[npt.NDArray[np.generic], npt.NDArray[np.generic]],
    names: Sequence[str],
) -> Iterator[Told]:
    """For each column, and each label, how much it tells; of a list its most telling place.

    `labels` are those of `Rows`, [N] or [N, K].
    """
    rows = [_spread(len(frame)) for frame in frames]
    taken = tuple(frame.iloc[at] for frame, at in zip(frames, rows, strict=True))
    several = [part[at].reshape(len(at), -1) for part, at in zip(labels, rows, strict=True)]
    targets = [_Target(several[0][:, place], several[1][:, place]) for place in range(several[0].shape[1])]
    most = max(1, MOST_PAIRS // (len(targets) * len(columns)))
    best: dict[tuple[str, str], float] = {}
    for name in columns:
        for feature in _features((taken[0][name], taken[1][name]), most):
            for place, target in enumerate(targets):
                label = names[place] if len(names) == len(targets) else names[0]
                best[name, label] = max(target.told_by(feature), best.get((name, label), 0.0))
    for (name, label), share in best.items():
        yield Told(name, label, share)


def _spread(rows: int) -> npt.NDArray[np.int64]:
    if rows <= MOST_ROWS:
        return np.arange(rows)
    return np.linspace(0, rows - 1, MOST_ROWS).astype(np.int64)


def _features(pair: tuple[pd.Series[Any], pd.Series[Any]], most: int) -> Iterator[_Feature]:
    """The column's numbers, of a list place by place; text as codes."""
    if has_a_list(pair[0]):
        values = [stacked(column).reshape(len(column), -1) for column in pair]
        places = values[0].shape[1]
    else:
        values = [stacked(column).reshape(-1, 1) for column in pair]
        places = 1
    if values[0].shape[1] != values[1].shape[1]:
        return
    for place in range(min(places, most)):
        parts = [part[:, place] for part in values]
        if all(part.dtype.kind in "biuf" for part in parts):
            numbers = [part.astype(np.float64) for part in parts]
            yield _Feature((_filled(numbers[0]), _filled(numbers[1])), nearest=True)
            continue
        whole = np.concatenate([part.astype(object) for part in parts])
        codes = pd.factorize(whole, use_na_sentinel=False)[0].astype(np.float64)
        yield _Feature((codes[: len(parts[0])], codes[len(parts[0]) :]), nearest=False)


def _filled(numbers: Array) -> Array:
    """Missing values as one number below all others."""
    return np.where(np.isfinite(numbers), numbers, -np.finfo(np.float64).max)


class _Target:
    """One label of both samples."""

    def __init__(self, reference: npt.NDArray[np.generic], evaluation: npt.NDArray[np.generic]) -> None:
        whole = np.concatenate([reference, evaluation])
        self.values = whole.astype(np.float64)
        codes, distinct = pd.factorize(whole)
        self.codes = (codes[: len(reference)], codes[len(reference) :])
        self.quantity = len(distinct) > FEW_VALUES and whole.dtype.kind == "f"

    def told_by(self, feature: _Feature) -> float:
        if self.quantity and feature.nearest:
            return _one_way(np.concatenate(feature.parts), self.values)
        one, other = feature.parts
        return min(
            _right_answers(one, self.codes[0], other, self.codes[1], nearest=feature.nearest),
            _right_answers(other, self.codes[1], one, self.codes[0], nearest=feature.nearest),
        )


def _one_way(column: Array, label: Array) -> float:
    order = np.lexsort((label, column))
    across = np.diff(column[order])
    steps = np.diff(label[order])
    moved = steps != 0
    if moved.sum() < FEWEST_STEPS:
        return 0.0
    apart = across > 0
    up = int((moved & apart & (steps > 0)).sum())
    down = int((moved & apart & (steps < 0)).sum())
    return max(0.0, 2 * max(up, down) / int(moved.sum()) - 1)


def _right_answers(known: Array, labels: Codes, asked: Array, truth: Codes, *, nearest: bool) -> float:
    """The share of right answers beyond those of the most common label."""
    common = int(np.bincount(labels).argmax())
    base = float((truth == common).mean())
    if base == 1:
        return 0.0
    values, majority = _majority(known, labels)
    right = np.searchsorted(values, asked).clip(0, len(values) - 1)
    left = (right - 1).clip(0)
    closer = np.where(np.abs(asked - values[left]) < np.abs(asked - values[right]), left, right)
    answers = majority[closer]
    if not nearest:
        answers = np.where(values[closer] == asked, answers, common)
    return max(0.0, (float((answers == truth).mean()) - base) / (1 - base))


def _majority(known: Array, labels: Codes) -> tuple[Array, Codes]:
    """The distinct values, rising, and the most common label of each."""
    values, which = np.unique(known, return_inverse=True)
    count = int(labels.max()) + 1
    pairs, times = np.unique(which.reshape(-1) * count + labels, return_counts=True)
    majority = np.zeros(len(values), dtype=np.int64)
    order = np.argsort(times, kind="stable")
    majority[pairs[order] // count] = pairs[order] % count  # the most frequent comes last
    return values, majority
