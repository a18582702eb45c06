"""Rows that come twice: in both samples, in one, or with another label; and which of them chance makes equal.

A table of few distinct values has equal rows without any fault. Such a row holds only values that other,
different rows hold as well: a row with a value of its own, as any measured quantity is, comes twice only by
a copy. How often a further row is equal by chance is what the reference shows of itself: the share of its
rows that come twice there, Good's (1953) estimate of how much of a population a sample has seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import betabinom

from sluicegate.validators.evaluation.exact_hash import Hashes, combined, hashes
from sluicegate.validators.evaluation.feeds import has_a_list

Array = npt.NDArray[np.bool_]
CONFIDENCE = 0.999
"""How sure a number of rows is that chance does not exceed, where both samples are of one population."""


@dataclass(frozen=True)
class Overlap:
    """The rows of both samples by their values, reference first."""

    rows: tuple[Hashes, Hashes]
    """Inputs and labels."""
    inputs: tuple[Hashes, Hashes]
    by_chance: tuple[Array, Array]
    """Rows whose values are all held by other, different rows as well."""

    @property
    def shared(self) -> Array:
        """The evaluation rows that the reference has too, label included."""
        return np.isin(self.rows[1], self.rows[0])

    @property
    def shared_by_chance(self) -> int:
        """The most evaluation rows that chance makes equal to one of the reference."""
        possible, further = self.by_chance
        again = int((_repeated(self.rows[0]) & possible).sum())
        return most_by_chance(again, int(possible.sum()), int(further.sum()))

    def copies(self, sample: int) -> Array:
        """The rows of a sample (0 the reference, 1 the evaluation) that copy an earlier one of it."""
        later = pd.Series(self.rows[sample]).duplicated().to_numpy()
        copied: Array = later & ~self.by_chance[sample]
        return copied

    def conflicting(self, labels: Sequence[object]) -> Array:
        """The evaluation rows whose inputs come with another label as well, and not by chance."""
        kinds = pd.Series(labels).groupby(self.inputs[1]).transform("nunique").to_numpy()
        conflicting: Array = (kinds > 1) & ~self.by_chance[1]
        return conflicting


def overlap(
    reference: pd.DataFrame, evaluation: pd.DataFrame, inputs: Sequence[str], labels: Sequence[str]
) -> Overlap:
    """Both samples' rows by the values of these columns. Raises Unavailable for lists of several lengths."""
    count = len(reference)
    columns = {
        name: np.concatenate([hashes(reference[name]), hashes(evaluation[name])])
        for name in dict.fromkeys((*inputs, *labels))
    }
    total = count + len(evaluation)
    own = combined([columns[name] for name in inputs], total)
    whole = combined([own, *(columns[name] for name in labels)], total)
    if len(inputs) == 1 and not has_a_list(reference[inputs[0]]):
        possible = np.ones(total, dtype=bool)  # nothing else could tell its rows apart
    else:
        possible = _of_common_values([columns[name] for name in inputs], own)
    return Overlap(
        (whole[:count], whole[count:]), (own[:count], own[count:]), (possible[:count], possible[count:])
    )


def most_by_chance(hits: int, trials: int, further: int) -> int:
    """The most hits among `further` trials like those that had so many, with CONFIDENCE (beta-binomial).

    The chance has Jeffreys' prior, so that no hit in few trials is not taken for never.
    """
    if not trials or not further:
        return 0
    return int(betabinom.ppf(CONFIDENCE, further, hits + 0.5, trials - hits + 0.5))


def _repeated(rows: Hashes) -> Array:
    """Which rows come twice or more."""
    return pd.Series(rows).duplicated(keep=False).to_numpy()


def _of_common_values(columns: Sequence[Hashes], rows: Hashes) -> Array:
    """Which rows have only values that another, different row has in the same column."""
    _, first, which = np.unique(rows, return_index=True, return_inverse=True)
    common = np.ones(len(first), dtype=bool)
    for column in columns:
        common &= _repeated(column[first])
    common_rows: Array = common[which.reshape(-1)]
    return common_rows
