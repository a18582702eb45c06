"""The checks of data; what they refuse is in tests/examples. Here: other tasks, and no deepchecks."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from support.extras import needs_deepchecks
from support.small_models import model_spec

from sluicegate.ci.model_reader import load
from sluicegate.specs.model import Tensor
from sluicegate.specs.tree import WorkTree
from sluicegate.validators.checks.data import OTHER_ROWS, data_integrity
from sluicegate.validators.checks.data_drift import data_drift
from sluicegate.validators.evaluation.labels import read_labels
from sluicegate.validators.evaluation.rows import Rows
from sluicegate.validators.runner.finding import Position, Verdict
from sluicegate.validators.runner.inputs import Inputs
from sluicegate.validators.runner.judge import judge
from sluicegate.validators.runner.registry import checks
from sluicegate.validators.submission.candidate import Candidate

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("check", ["data-drift"])
def test_it_is_an_error_that_names_the_extra(check: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "deepchecks"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "deepchecks", None)
    subject = Candidate("digits", WorkTree(ROOT), load).subject()
    inputs = Inputs({**subject.given, "workdir": tmp_path})
    (finding,) = judge(checks()[check], inputs)
    assert finding.verdict == Verdict.ERROR
    assert "not judged: deepchecks cannot be imported" in finding.message
    assert finding.remedy is not None and "pip install 'sluicegate[data]'" in finding.remedy


FILES = SimpleNamespace(position=Position)
LISTS = Tensor("series", "float32", ("n", 8))
PRICE = Tensor("price", "float32", ("n",))


def sample(spec, seed: int, *, scale: float = 1.0, count: int = 200) -> Rows:
    """Rows with two columns of numbers, one of lists, a fractional price and two labels."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(count, 2))
    table = pd.DataFrame(
        {
            "a": values[:, 0],
            "b": pd.array([None, *range(1, count)], dtype="Int64"),
            "series": list(random.normal(size=(count, 8)) * scale),
            "price": 3.3 * values[:, 0] + random.normal(size=count),
            "red": random.integers(0, 2, count),
            "blue": random.integers(0, 2, count),
        }
    )
    return Rows(f"{seed}.parquet", table, read_labels(table, spec, "e"))


def found(spec, scale: float = 1.0):
    """What both checks find for samples of this model, the evaluation rows scaled."""
    pair = (sample(spec, 1), sample(spec, 2, scale=scale))
    integrity = list(data_integrity(spec, FILES, *pair, reference_versions=()))
    drift = list(data_drift(None, spec, FILES, *pair, reference_versions=()))
    return integrity, drift


@needs_deepchecks
@pytest.mark.parametrize(
    ("task", "label"),
    [("regression", "price"), ("multi-label", ("red", "blue")), ("forecasting", "series")],
)
def test_the_task_says_what_the_label_is(task: str, label):
    """A fraction is no broken label, and equal inputs have other quantities wherever there is noise."""
    inputs = (Tensor("x", "float32", ("n", 2), ("a", "b")), *(() if label == "series" else (LISTS,)))
    spec = model_spec(task, inputs=inputs, outputs=(PRICE,), label=label)
    integrity, drift = found(spec)
    assert [finding.verdict for finding in integrity] == [Verdict.PASS], integrity
    assert [finding.verdict for finding in drift] == [Verdict.PASS], drift


@needs_deepchecks
def test_lists_drift_where_their_rows_spread_more():
    spec = model_spec("regression", inputs=(LISTS,), outputs=(PRICE,), label="price")
    _, (finding,) = found(spec, scale=3.0)
    assert finding.verdict == Verdict.FAIL
    assert finding.message.startswith("series drifts by")


@needs_deepchecks
def test_rows_of_lists_that_both_samples_hold_are_counted():
    spec = model_spec("regression", inputs=(LISTS,), outputs=(PRICE,), label="price")
    rows = sample(spec, 1)
    (finding,) = data_integrity(spec, FILES, rows, rows, reference_versions=())
    assert "is 100.0% rows of the reference" in finding.message


def test_a_sample_that_shows_nothing_asks_for_other_rows():
    """Clean ones would show as little: there are too few, or all have one label."""
    spec = model_spec("regression", inputs=(LISTS,), outputs=(PRICE,), label="price")
    few, same = sample(spec, 1, count=3), sample(spec, 2)
    same.labels[:] = 1.0
    findings = list(data_integrity(spec, FILES, few, same, reference_versions=()))
    assert [finding.verdict for finding in findings] == [Verdict.FAIL, Verdict.FAIL]
    assert "has 3 rows, of at least 10" in findings[0].message
    assert {finding.remedy for finding in findings} == {OTHER_ROWS}
