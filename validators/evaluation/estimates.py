"""Intervals of quality figures: of one model, and of the difference between two on the same rows.

- shares of independent units: Clopper and Pearson 1934; of two models: Tango's score interval of paired
  shares (Tango 1998), which stays honest where the models hardly differ;
- means over units: Student's t, on the scale of the logit or the logarithm where they are bounded, since
  the mean of such units is skewed;
- the area under the ROC curve: DeLong's variance, paired for a difference (DeLong, DeLong, Clarke-Pearson
  1988; in O(n log n) by midranks: Sun and Xu 2014);
- medians: the order statistics that the sign test leaves (Thompson 1936), exact whatever the distribution;
- functions of a table of counts (f1, mcc, macro averages): the bootstrap over rows, drawn as multinomial
  counts of the table's cells, which is the same thing and needs no rows; 2,000 replicates, fixed seed;
- any other smooth figure: its influence function, unit by unit (the infinitesimal jackknife: Jaeckel 1972;
  Efron 1982, chapter 6), on the scale of the logit or the logarithm where the figure is bounded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

SEED = 20_130_901
REPLICATES = 2_000
FEWEST = 10
"""Units of a kind (positives, negatives, rows, queries) below which nothing is estimated."""
Array = npt.NDArray[Any]
Scale = Literal["identity", "logit", "log"]


class Undefined(Exception):
    """These rows cannot show this metric; the message says why."""


@dataclass(frozen=True)
class Estimate:
    """A value and its interval; of a difference: candidate less production."""

    value: float
    lower: float
    upper: float


def clopper_pearson(hits: int, count: int, confidence: float) -> Estimate:
    """The share hits / count of independent units; the interval covers at least as often as it says."""
    from scipy import special

    tail = (1 - confidence) / 2
    lower = special.betaincinv(hits, count - hits + 1, tail) if hits else 0.0
    upper = special.betaincinv(hits + 1, count - hits, 1 - tail) if hits < count else 1.0
    return Estimate(hits / count, float(lower), float(upper))


def tango(gained: int, lost: int, pairs: int, confidence: float) -> Estimate:
    """The difference of two paired shares, (gained - lost) / pairs, with Tango's score interval."""
    from scipy import optimize

    z = _z(confidence)
    value = (gained - lost) / pairs

    def score(delta: float) -> float:
        b = -gained - lost + (2 * pairs - gained + lost) * delta
        c = -lost * delta * (1 - delta)
        share = (np.sqrt(max(b * b - 8 * pairs * c, 0.0)) - b) / (4 * pairs)
        variance = pairs * (2 * share + delta * (1 - delta))
        return float((gained - lost - pairs * delta) / np.sqrt(max(variance, 1e-300)))

    def end(side: float, far: float) -> float:
        edge = far * (1 - 1e-12)
        if abs(value - far) < 1e-9 or (score(edge) - side) * (score(value) - side) > 0:
            return far
        return float(optimize.brentq(lambda delta: score(delta) - side, min(value, edge), max(value, edge)))

    return Estimate(value, end(z, -1.0), end(-z, 1.0))


def student(values: Array, confidence: float, scale: Scale = "identity") -> Estimate:
    """The mean over units, one value each."""
    mean = float(values.mean())
    return by_influence(mean, values - mean, confidence, scale)


def median(values: Array, confidence: float) -> Estimate:
    """The median of independent values; with fewer than six, the interval of 95 % is all of them."""
    from scipy import special

    ordered = np.sort(values)
    count = len(ordered)
    left_out = 0
    while 2 * (left_out + 1) < count and special.bdtr(left_out, count, 0.5) <= (1 - confidence) / 2:
        left_out += 1
    first = max(left_out - 1, 0)
    return Estimate(float(np.median(ordered)), float(ordered[first]), float(ordered[count - 1 - first]))


def normal(value: float, variance: float, confidence: float, bounds: tuple[float, float]) -> Estimate:
    """A figure of known variance; the interval ends at the bounds."""
    half = _z(confidence) * variance**0.5
    return Estimate(value, max(value - half, bounds[0]), min(value + half, bounds[1]))


def by_influence(
    value: float, influence: Array, confidence: float, scale: Scale = "identity", units: int | None = None
) -> Estimate:
    """A figure whose influence function at each unit is given: its variance is their mean square over N.

    On the scale `logit` the figure is between 0 and 1, on `log` above 0: the interval is made there and
    stays inside. A figure at such a bound has no width of its own: the interval then ends where that of as
    many trials without an exception does (Clopper and Pearson), `units` trials, or as many as there are
    influences.
    """
    count = len(influence)
    error = float(np.sqrt((influence**2).sum() / (count * (count - 1))))
    half = _t(confidence, count - 1) * error
    if scale == "log":
        factor = float(np.exp(half / value)) if value > 0 else 1.0
        return Estimate(value, value / factor, value * factor)
    if scale == "logit":
        if not 0 < value < 1:
            trials = count if units is None else units
            around = clopper_pearson(trials if value >= 1 else 0, trials, confidence)
            return Estimate(value, around.lower, around.upper)
        odds = value / (1 - value)
        factor = float(np.exp(half / (value * (1 - value))))
        return Estimate(value, odds / factor / (1 + odds / factor), 1 - 1 / (1 + odds * factor))
    return Estimate(value, value - half, value + half)


def placements(positive: Array, scores: Array) -> tuple[Array, Array]:
    """DeLong's structural components, by midranks: of each positive row [m], of each other row [n]."""
    from scipy import stats

    own = scores[positive]
    others = scores[~positive]
    both = stats.rankdata(np.concatenate([own, others]))
    of_own = (both[: len(own)] - stats.rankdata(own)) / len(others)
    of_others = 1 - (both[len(own) :] - stats.rankdata(others)) / len(own)
    return of_own, of_others


@dataclass(frozen=True)
class Counts:
    """How often each class was decided rightly, was decided, and was true: [..., K] each."""

    right: Array
    decided: Array
    actual: Array


def bootstrap(
    value: float,
    statistic: Callable[[Counts], Array],
    labels: Array,
    decided: list[Array],
    confidence: float,
) -> Estimate:
    """Percentile interval of a statistic of one model's counts, or of its difference between two models.

    `labels` and each of `decided` are classes by index, [N].
    """
    columns = [labels, *decided]
    size = int(max(column.max() for column in columns)) + 1
    shape = (size,) * len(columns)
    seen, cells = np.unique(np.ravel_multi_index(columns, shape), return_counts=True)
    actual, *chosen = np.unravel_index(seen, shape)
    shares = cells / cells.sum()
    if seen[-1] != np.prod(shape) - 1:
        shares = np.append(shares, 0.0)  # the last share is never drawn: keep that from being a cell's
    draws = np.random.default_rng(SEED).multinomial(len(labels), shares, size=REPLICATES)[:, : len(seen)]
    first, *second = (statistic(_counts(draws, actual, classes, size)) for classes in chosen)
    drawn = first - second[0] if second else first
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Estimate(value, float(low), float(high))


def _counts(draws: Array, actual: Array, decided: Array, size: int) -> Counts:
    """Counts of each replicate [R, K], from how often it has each cell [R, cells]."""
    classes = np.arange(size)
    is_actual = actual[:, None] == classes
    is_decided = decided[:, None] == classes
    drawn = draws.astype(np.float64)
    parts = (is_actual & is_decided, is_decided, is_actual)
    return Counts(*(drawn @ part.astype(np.float64) for part in parts))


def _z(confidence: float) -> float:
    from scipy import special

    return float(special.ndtri((1 + confidence) / 2))


def _t(confidence: float, freedom: int) -> float:
    from scipy import special

    return float(special.stdtrit(freedom, (1 + confidence) / 2))
