"""Whether of what is called 70 % likely, 70 % happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from sluicegate.validators.evaluation.estimates import Estimate, Undefined
from sluicegate.validators.evaluation.metrics._kinds import of_class_one
from sluicegate.validators.evaluation.metrics._scores import of_each_class
from sluicegate.validators.evaluation.metrics.base import BINARY, Metric, metric
from sluicegate.validators.evaluation.predictions import Array, Predictions

LEAST_IN_BIN = 40
"""Rows of a bin: with fewer its mean is not near enough to a normal variable."""


@metric
@dataclass(frozen=True, kw_only=True)
class CalibrationError(Metric):
    """The root mean square, over bins, of mean score less share of positives.

    Bins hold equally many rows (scikit-learn's `calibration_curve` with `strategy="quantile"`); their number
    is set by `bins`. The plain estimate is too high, since chance alone moves each bin: the variance of the
    bins' means is taken off, which leaves the square without bias (Kumar, Liang and Ma 2019, "Verified
    uncertainty calibration"). Within a bin errors of both signs cancel, so it is a lower bound of the error
    at every single score. Interval: the squares of normal means sum to a noncentral chi-square, which is
    inverted, after Satterthwaite, where the bins' variances differ; it is honest at 0 as well. Paired: both
    intervals, with their correlation (Zou and Donner 2008).
    """

    tasks: ClassVar[tuple[str, ...]] = (BINARY,)
    uses: ClassVar[tuple[str, ...]] = ("scores",)
    lower_is_better: ClassVar[bool] = True
    bins: Annotated[int, Field(ge=2, le=50, description="how many bins of equally many rows")] = 10
    metric: Literal["calibration_error"] = "calibration_error"

    def require(self, judged: Predictions) -> None:
        """Raises Undefined for several scores a row, and for too few rows a bin."""
        super().require(judged)
        if judged.scores is None or judged.scores.ndim != 1:
            raise Undefined("calibration_error is judged for two classes only")
        of_class_one(judged)
        if len(judged) < self.bins * LEAST_IN_BIN:
            raise Undefined(
                f"calibration_error needs {LEAST_IN_BIN} rows in each of {self.bins} bins, "
                f"and there are {len(judged)} rows"
            )

    def _estimate(self, judged: Predictions, confidence: float) -> Estimate:
        return _Binned.of(judged, self.bins).estimate(confidence)

    def _difference(self, candidate: Predictions, production: Predictions, confidence: float) -> Estimate:
        one = _Binned.of(candidate, self.bins)
        other = _Binned.of(production, self.bins)
        mine, theirs = one.estimate(confidence), other.estimate(confidence)
        correlation = one.correlation(other)

        def reach(first: float, second: float) -> float:
            return float(np.sqrt(max(first**2 + second**2 - 2 * correlation * first * second, 0.0)))

        value = mine.value - theirs.value
        down = reach(mine.value - mine.lower, theirs.upper - theirs.value)
        up = reach(mine.upper - mine.value, theirs.value - theirs.lower)
        return Estimate(value, value - down, value + up)


@dataclass(frozen=True)
class _Binned:
    """Rows by bin: `gaps` is score less truth, [N]; `of_bins` the mean gap, `shares` the rows' share, [B]."""

    gaps: Array
    bins: Array
    shares: Array
    of_bins: Array
    variances: Array
    """Of the bins' means."""

    @classmethod
    def of(cls, judged: Predictions, count: int) -> _Binned:
        """Equal scores stay in one bin, so a model with few different scores has fewer bins."""
        scores = of_each_class(judged)[:, 1]
        edges = np.unique(np.quantile(scores, np.linspace(0, 1, count + 1)[1:-1]))
        bins = np.unique(np.searchsorted(edges, scores, side="left"), return_inverse=True)[1]
        gaps = scores - judged.labels
        rows = np.bincount(bins)
        means = np.bincount(bins, weights=gaps) / rows
        spread = np.bincount(bins, weights=(gaps - means[bins]) ** 2) / np.maximum(rows - 1, 1)
        return cls(gaps, bins, rows / len(scores), means, spread / rows)

    def estimate(self, confidence: float) -> Estimate:
        """The root of the mean square without its bias, and the noncentral chi-square inverted."""
        from scipy import optimize, stats

        noise = self.shares * self.variances
        square = float(self.shares @ self.of_bins**2)
        value = float(np.sqrt(max(square - noise.sum(), 0.0)))
        if not noise.any():
            return Estimate(value, 0.0, 1.0)  # no bin varies: nothing says how sure its mean is
        unit = self._unit(noise)
        freedom = float(noise.sum() / unit)

        def end(chance: float) -> float:
            def beyond(noncentrality: float) -> float:
                return float(stats.ncx2.cdf(square / unit, freedom, noncentrality)) - chance

            if beyond(0.0) <= 0:
                return 0.0
            far = square / unit + 40 * np.sqrt(square / unit + freedom) + 40
            return float(np.sqrt(unit * optimize.brentq(beyond, 0.0, far)))

        return Estimate(value, end((1 + confidence) / 2), end((1 - confidence) / 2))

    def _unit(self, noise: Array) -> float:
        """The scale on which the mean square is a noncentral chi-square: it gives the square its variance.

        That is of the bins' means, and of which bin a row falls into.
        """
        squares = self.of_bins**2
        weights = self.shares * squares if squares.any() else noise
        between = float(self.shares @ squares**2 - (self.shares @ squares) ** 2) / len(self.gaps)
        return float((weights @ noise + between / 4) / weights.sum())

    def correlation(self, other: _Binned) -> float:
        """Of both errors, by what each row adds to them; 0 where a model has no error that rows add to."""
        one = self._influence()
        two = other._influence()
        size = float(np.sqrt((one**2).sum() * (two**2).sum()))
        return float(np.clip((one * two).sum() / size, -1, 1)) if size > 0 else 0.0

    def _influence(self) -> Array:
        influence: Array = self.of_bins[self.bins] * (self.gaps - self.of_bins[self.bins])
        return influence
