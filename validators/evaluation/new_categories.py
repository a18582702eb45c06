"""Texts of a column that the reference has not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from sluicegate.validators.evaluation.feeds import has_a_list
from sluicegate.validators.evaluation.overlap import most_by_chance


@dataclass(frozen=True)
class NewCategories:
    """Evaluation rows with a text that the reference has not."""

    rows: int
    by_chance: int
    """The most such rows where both samples are of one population.

    By Good (1953) and Turing, a further row has an unseen text as often as a row of the reference has a text
    that no other row of it has.
    """
    values: tuple[str, ...]
    """The texts, in their order of the evaluation rows."""


def new_categories(reference: pd.Series[Any], evaluation: pd.Series[Any]) -> NewCategories:
    """What is new of a column; nothing of one that holds numbers or lists. Missing values do not count."""
    known = _text(reference)
    asked = _text(evaluation)
    new = asked[~asked.isin(set(known))]
    once = int((known.value_counts() == 1).sum())
    chance = most_by_chance(once, len(known), len(asked))
    return NewCategories(len(new), chance, tuple(dict.fromkeys(new.tolist())))


def _text(column: pd.Series[Any]) -> pd.Series[Any]:
    """The texts of a column, none where it holds lists."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if column.dtype != object or has_a_list(column):
        return pd.Series([], dtype=object)
    return column[[isinstance(value, str) for value in column]]
