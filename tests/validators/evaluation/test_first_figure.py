"""What a new model's first rules are written from."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from support.small_models import LABEL_AND_PROBABILITIES, classifier, model_spec

from sluicegate.validators.evaluation.first_figure import first_figure
from sluicegate.validators.evaluation.rows import Rows
from sluicegate.validators.runner.computed import RESULT
from sluicegate.validators.runner.inputs import Unavailable

SPEC = model_spec(outputs=LABEL_AND_PROBABILITIES)


def evaluation(labels: np.ndarray) -> Rows:
    values = np.random.default_rng(1).normal(size=(len(labels), 2)).astype(np.float32)
    return Rows("e.csv", pd.DataFrame({"a": values[:, 0], "b": values[:, 1]}), labels)


def test_the_tasks_first_metric_with_its_interval_is_kept(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = evaluation(np.random.default_rng(2).integers(0, 2, 300))
    (finding,) = first_figure(SPEC, classifier(), rows)
    value, lower, upper, output, other = json.loads((tmp_path / RESULT).read_bytes())
    chance = 1 / (1 + np.exp(rows.frame["b"] - 2 * rows.frame["a"]))
    assert value == pytest.approx(roc_auc_score(rows.labels, chance), abs=1e-6)
    assert lower < value < upper
    assert (output, other) == ("label", 0.0)
    assert finding.verdict.good


def test_rows_that_do_not_show_it_are_said() -> None:
    with pytest.raises(Unavailable, match="roc_auc needs 10 positives, and there are 0"):
        list(first_figure(SPEC, classifier(), evaluation(np.zeros(100, np.int64))))
