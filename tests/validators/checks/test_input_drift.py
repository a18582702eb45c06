"""Declared shares of the reference are compared with its rows, up to rounding."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

from sluicegate.gate.metrics.input_drift import InputDrift, Watched
from sluicegate.specs.model import Tensor
from sluicegate.validators.checks.input_drift import input_drift_reference
from sluicegate.validators.evaluation.rows import Rows
from sluicegate.validators.runner.finding import Finding, Verdict
from sluicegate.validators.submission.files import ModelFiles

FRAME = pd.DataFrame({"size": np.arange(1000.0), "kind": ["a"] * 300 + ["b"] * 700})


def judge(**columns: Watched) -> list[Finding]:
    gates = (InputDrift(columns),) if columns else ()
    inputs = [Tensor("x", "float64", ("n", 1), ("size",)), Tensor("kind", "string", ("n",))]
    spec = SimpleNamespace(rollout=SimpleNamespace(gates=gates), signature=SimpleNamespace(inputs=inputs))
    rows = Rows("reference.csv", FRAME, np.zeros(1000))
    return list(input_drift_reference(spec, ModelFiles("models/m", {}, Path()), rows))


def test_shares_within_half_a_percent_pass():
    (found,) = judge(
        size=Watched(edges=(499.0,), reference=(0.504,)), kind=Watched(values=("a",), reference=(0.3,))
    )
    assert found.verdict == Verdict.PASS


def test_each_other_share_is_named():
    missing, edge, value = judge(
        size=Watched(edges=(499.0,), reference=(0.51,), missing=0.1),
        kind=Watched(values=("a", "b"), reference=(0.1, 0.7)),
    )
    assert {one.verdict for one in (edge, missing, value)} == {Verdict.FAIL}
    assert missing.message == "size: 0.1 is declared, 0 of reference.csv are"
    assert edge.message == "size: 0.51 is declared, 0.5 of reference.csv are"
    assert value.message == "kind: 0.1 is declared, 0.3 of reference.csv are"
    assert edge.path == "models/m/model.yaml"


def test_without_the_metric_nothing_is_compared():
    (found,) = judge()
    assert found.verdict == Verdict.SKIPPED
