"""Quality figures with their intervals: of one model, and of the difference between two on the same rows.

Values are scikit-learn's own definitions. Intervals, by what is known exactly:

- roc_auc: DeLong's variance, paired for a difference (DeLong, DeLong, Clarke-Pearson 1988; in O(n log n) by
  midranks: Sun and Xu 2014).
- accuracy, recall, precision of one model: Clopper and Pearson 1934. Of two: Tango's score interval of paired
  shares (Tango 1998), which stays honest where the models hardly differ; precision by the bootstrap.
- f1, macro averages, and precision of two models: the bootstrap over rows, drawn as multinomial counts of the
  (label, candidate, production) cells, which is the same thing and needs no rows; 2,000 replicates, fixed
  seed.
- log_loss, brier: the mean of a row's loss, Student's t.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats
from sklearn import metrics

Metric = Literal["roc_auc", "accuracy", "recall", "precision", "f1", "log_loss", "brier"]
LOWER_IS_BETTER = frozenset({"log_loss", "brier"})
SEED = 20_130_901
REPLICATES = 2_000
FEWEST = 10
"""Rows of a kind (positives, negatives, rows) below which nothing is estimated."""
Array = npt.NDArray[Any]


class Undefined(Exception):
    """These rows cannot show this metric; the message says why."""


@dataclass(frozen=True)
class Answers:
    """A model's answers: `scores` [N] (probability of yes) or [N, K], and the decided `classes` [N]."""

    scores: Array
    classes: Array

    def at(self, rows: Array) -> Answers:
        """The answers on some of the rows."""
        return Answers(self.scores[rows], self.classes[rows])


@dataclass(frozen=True)
class Estimate:
    """A value and its interval; of a difference: candidate less production."""

    value: float
    lower: float
    upper: float


def estimate(metric: Metric, labels: Array, model: Answers, confidence: float = 0.95) -> Estimate:
    """One model's metric. Raises Undefined where the rows cannot show it, as with labels of one class."""
    _require(metric, labels, model)
    if metric == "roc_auc":
        value = float(metrics.roc_auc_score(labels, model.scores))
        positive, negative = _placements(labels, model.scores)
        return _normal(value, _variance(positive, negative), confidence, (0.0, 1.0))
    if metric in LOWER_IS_BETTER:
        return _student(_losses(metric, labels, model), confidence)
    if metric == "f1" or (model.scores.ndim == 2 and metric != "accuracy"):
        return _bootstrap(lambda table: _from_cells(metric, table), labels, [model.classes], confidence)
    hits, count = _hits(metric, labels, model.classes)
    if count < FEWEST:
        raise Undefined(f"only {count} rows count for {metric}")
    interval = stats.binomtest(hits, count).proportion_ci(confidence, method="exact")
    return Estimate(hits / count, float(interval.low), float(interval.high))


def difference(
    metric: Metric, labels: Array, candidate: Answers, production: Answers, confidence: float = 0.95
) -> Estimate:
    """The metric of one model less the other's, on the same rows. Raises Undefined."""
    _require(metric, labels, candidate)
    if metric == "roc_auc":
        pairs = [_placements(labels, model.scores) for model in (candidate, production)]
        values = [float(positive.mean()) for positive, _ in pairs]
        positive, negative = (pairs[0][i] - pairs[1][i] for i in (0, 1))
        return _normal(values[0] - values[1], _variance(positive, negative), confidence, (-1.0, 1.0))
    if metric in LOWER_IS_BETTER:
        losses = [_losses(metric, labels, model) for model in (candidate, production)]
        return _student(losses[0] - losses[1], confidence)
    if metric == "accuracy" or (metric == "recall" and candidate.scores.ndim == 1):
        rows = labels == 1 if metric == "recall" else np.ones(len(labels), dtype=bool)
        candidate_hits = (candidate.classes == labels)[rows]
        production_hits = (production.classes == labels)[rows]
        gained = int((candidate_hits & ~production_hits).sum())
        lost = int((~candidate_hits & production_hits).sum())
        return tango(gained, lost, int(rows.sum()), confidence)

    def gap(table: Array) -> Array:
        return _from_cells(metric, table.sum(axis=3)) - _from_cells(metric, table.sum(axis=2))

    return _bootstrap(gap, labels, [candidate.classes, production.classes], confidence)


def tango(gained: int, lost: int, pairs: int, confidence: float) -> Estimate:
    """The difference of two paired shares, (gained - lost) / pairs, with Tango's score interval."""
    z = float(stats.norm.ppf((1 + confidence) / 2))
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


def _require(metric: Metric, labels: Array, model: Answers) -> None:
    if len(labels) < FEWEST:
        raise Undefined(f"only {len(labels)} rows")
    classes, counts = np.unique(labels, return_counts=True)
    if metric in ("roc_auc", "brier") and model.scores.ndim == 2:
        raise Undefined(f"{metric} is judged for two classes only")
    if model.scores.ndim == 1 and not set(classes.tolist()) <= {0, 1}:
        raise Undefined(f"the labels are {classes.tolist()[:5]}, and one score knows 0 and 1 only")
    if metric == "roc_auc" and (len(classes) < 2 or counts.min() < FEWEST):
        raise Undefined(f"roc_auc needs {FEWEST} rows of each class, and there are {counts.tolist()}")
    if metric in ("recall", "f1") and model.scores.ndim == 1 and int((labels == 1).sum()) < FEWEST:
        raise Undefined(f"only {int((labels == 1).sum())} positives")


def _placements(labels: Array, scores: Array) -> tuple[Array, Array]:
    """DeLong's structural components, by midranks: of each positive [m], of each negative [n]."""
    positive = scores[labels == 1]
    negative = scores[labels == 0]
    both = stats.rankdata(np.concatenate([positive, negative]))
    of_positive = (both[: len(positive)] - stats.rankdata(positive)) / len(negative)
    of_negative = 1 - (both[len(positive) :] - stats.rankdata(negative)) / len(positive)
    return of_positive, of_negative


def _variance(positive: Array, negative: Array) -> float:
    return float(positive.var(ddof=1) / len(positive) + negative.var(ddof=1) / len(negative))


def _normal(value: float, variance: float, confidence: float, bounds: tuple[float, float]) -> Estimate:
    half = float(stats.norm.ppf((1 + confidence) / 2)) * variance**0.5
    return Estimate(value, max(value - half, bounds[0]), min(value + half, bounds[1]))


def _student(losses: Array, confidence: float) -> Estimate:
    half = (
        float(stats.t.ppf((1 + confidence) / 2, len(losses) - 1))
        * float(losses.std(ddof=1))
        / len(losses) ** 0.5
    )
    return Estimate(float(losses.mean()), float(losses.mean()) - half, float(losses.mean()) + half)


def _losses(metric: Metric, labels: Array, model: Answers) -> Array:
    """Each row's loss, [N]; the mean is scikit-learn's log_loss or brier_score_loss."""
    if model.scores.ndim == 2:
        chosen = np.take_along_axis(model.scores, labels[:, None], axis=1)[:, 0] / model.scores.sum(axis=1)
    else:
        chosen = np.where(labels == 1, model.scores, 1 - model.scores)
    tiny = np.finfo(np.float64).eps
    losses: Array = (1 - chosen) ** 2 if metric == "brier" else -np.log(np.clip(chosen, tiny, 1 - tiny))
    return losses


def _hits(metric: Metric, labels: Array, classes: Array) -> tuple[int, int]:
    right = classes == labels
    chosen = {"accuracy": np.ones_like(right), "recall": labels == 1, "precision": classes == 1}[metric]
    return int((right & chosen).sum()), int(chosen.sum())


def _bootstrap(
    statistic: Callable[[Array], Array], labels: Array, decided: list[Array], confidence: float
) -> Estimate:
    """Percentile interval of a statistic of the table of counts [replicates, label, class, ...]."""
    names = np.unique(np.concatenate([labels, *decided]))
    axes = [np.searchsorted(names, column) for column in (labels, *decided)]
    shape = (len(names),) * len(axes)
    cells = np.bincount(np.ravel_multi_index(axes, shape), minlength=int(np.prod(shape)))
    value = float(statistic(cells.reshape(1, *shape))[0])
    draws = np.random.default_rng(SEED).multinomial(len(labels), cells / cells.sum(), size=REPLICATES)
    low, high = np.quantile(
        statistic(draws.reshape(-1, *shape)), [(1 - confidence) / 2, (1 + confidence) / 2]
    )
    return Estimate(value, float(low), float(high))


def _from_cells(metric: Metric, table: Array) -> Array:
    """The metric of each table [R, label, class]: of class 1 where there are two, else the macro average."""
    right = np.diagonal(table, axis1=1, axis2=2).astype(np.float64)
    actual = table.sum(axis=2)
    decided = table.sum(axis=1)
    below = {"recall": actual, "precision": decided, "f1": (actual + decided) / 2}[metric]
    each = np.divide(right, below, out=np.zeros_like(right), where=below > 0)
    average: Array = each[:, 1] if table.shape[1] == 2 else each.mean(axis=1)
    return average
