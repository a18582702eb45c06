"""A 95 % interval has the truth in 93 to 97 of 100 drawn sets, for the value and for the paired difference.

The number of units is the smallest that is claimed for populations such as these (tests/support/judged.py).
Where an exact interval may cover more than it says, the upper limit is left open.
"""

from __future__ import annotations

import numpy as np
import pytest
from support.judged import (
    agreement,
    binary,
    classes,
    coverage,
    documents,
    embeddings,
    forecasts,
    label_sets,
    metric,
    numbers,
    pictures,
    queries,
    searching,
    tagged,
)

from sluicegate.validators.evaluation.estimates import Counts
from sluicegate.validators.evaluation.metrics._averages import Averaged
from sluicegate.validators.evaluation.metrics.base import metrics
from sluicegate.validators.evaluation.metrics.mcc import MatthewsCorrelation

pytestmark = pytest.mark.slow

CASES = [
    ("roc_auc", {}, binary, 150, 600),
    ("pr_auc", {}, binary, 200, 600),
    ("log_loss", {}, binary, 100, 600),
    ("brier", {}, binary, 100, 600),
    ("f1", {}, binary, 200, 600),
    ("mcc", {}, binary, 200, 600),
    ("roc_auc_ovr", {}, classes, 200, 200),
    ("roc_auc_ovr", {"average": "weighted"}, classes, 200, 300),
    ("log_loss", {}, classes, 100, 600),
    ("brier", {}, classes, 100, 600),
    ("f1", {}, classes, 200, 400),
    ("f1", {"average": "weighted"}, classes, 200, 400),
    ("recall", {}, classes, 200, 250),
    ("precision", {}, classes, 200, 400),
    ("mcc", {}, classes, 200, 400),
    ("f1", {}, label_sets, 200, 400),
    ("f1", {"average": "micro"}, label_sets, 100, 400),
    ("f1", {"average": "weighted"}, label_sets, 200, 400),
    ("precision", {}, label_sets, 200, 400),
    ("recall", {}, label_sets, 200, 400),
    ("hamming_loss", {}, label_sets, 100, 600),
    ("mae", {}, numbers, 100, 800),
    ("rmse", {}, numbers, 100, 800),
    ("mape", {}, numbers, 100, 800),
    ("r2", {}, numbers, 200, 600),
    ("bias", {}, numbers, 100, 800),
    ("pinball", {"quantile": 0.8}, numbers, 100, 800),
    ("mae", {}, forecasts, 50, 800),
    ("rmse", {}, forecasts, 50, 800),
    ("r2", {}, forecasts, 300, 600),
    ("ndcg", {}, queries, 50, 600),
    ("map", {}, queries, 50, 600),
    ("mrr", {}, queries, 50, 600),
    ("token_accuracy", {}, tagged, 100, 400),
    ("entity_f1", {}, tagged, 100, 400),
    ("entity_precision", {}, tagged, 100, 400),
    ("entity_recall", {}, tagged, 100, 400),
    ("perplexity", {}, documents, 50, 800),
    ("box_precision", {}, pictures, 150, 400),
    ("box_recall", {}, pictures, 200, 400),
    ("average_precision", {}, pictures, 400, 300),
]
EXACT = [
    ("accuracy", {}, binary, 200, 600),
    ("recall", {}, binary, 300, 600),
    ("precision", {}, binary, 500, 600),
    ("specificity", {}, binary, 200, 600),
    ("top_k_accuracy", {"k": 2}, classes, 200, 600),
    ("subset_accuracy", {}, label_sets, 200, 600),
    ("hit_rate", {"k": 1}, queries, 200, 400),
    ("recall_at_k", {"k": 1}, embeddings, 200, 1500),
    ("calibration_error", {}, binary, 400, 600),
]


@pytest.fixture(autouse=True)
def values_from_counts(monkeypatch):
    """The value of a table without scikit-learn: the same (test_averages.py), in a tenth of the time."""

    def value(self, judged):
        size = int(max(judged.labels.max(), judged.decisions.max())) + 1
        right = judged.labels[judged.labels == judged.decisions]
        columns = (right, judged.decisions, judged.labels)
        counts = Counts(*(np.bincount(column, minlength=size)[None].astype(float) for column in columns))
        return float(self.statistic(judged)(counts)[0])

    def value_of_any(self, judged, plain=Averaged.value):
        return value(self, judged) if judged.labels.ndim == 1 else plain(self, judged)

    monkeypatch.setattr(Averaged, "value", value_of_any)
    monkeypatch.setattr(MatthewsCorrelation, "value", value)


@pytest.mark.parametrize(("name", "parameters", "draw", "units", "times"), CASES)
def test_an_interval_covers_as_often_as_it_says(name, parameters, draw, units, times):
    for covered in coverage(metric(name, **parameters), draw, units, times):
        assert 0.93 <= covered <= 0.97


@pytest.mark.parametrize(("name", "parameters", "draw", "units", "times"), EXACT)
def test_an_exact_interval_covers_at_least_as_often(name, parameters, draw, units, times):
    for covered in coverage(metric(name, **parameters), draw, units, times):
        assert 0.93 <= covered <= 0.99


@pytest.mark.parametrize(
    ("name", "parameters", "draw"),
    [("cosine_to_production", {}, searching), ("neighbour_overlap", {"k": 5}, embeddings)],
)
def test_the_interval_of_an_agreement_covers_as_often_as_it_says(name, parameters, draw):
    assert 0.93 <= agreement(metric(name, **parameters), draw, 100, 800) <= 0.97


def test_no_metric_is_left_out():
    """precision_at_k has a number of rows for a parameter, and its own simulation: test_precision_at_k.py."""
    simulated = {name for name, *_ in CASES + EXACT}
    assert set(metrics()) == simulated | {"cosine_to_production", "neighbour_overlap", "precision_at_k"}
