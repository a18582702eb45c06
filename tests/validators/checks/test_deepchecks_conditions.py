"""Limits of `deepchecks`: what each figure is, whose limit holds, and what is not judged."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from onnx import TensorProto, helper
from support.extras import needs_deepchecks
from support.small_models import model_spec, session

from sluicegate.specs.model import Tensor
from sluicegate.validators.checks.deepchecks_conditions import DeepchecksLimits, deepchecks_conditions
from sluicegate.validators.evaluation.rows import Rows
from sluicegate.validators.runner.finding import Position, Verdict

FILES = SimpleNamespace(position=Position)
X = Tensor("x", "float32", ("n", 2), columns=("a", "b"))
SPEC = model_spec("regression", (X,), (Tensor("y", "float32", ("n",)),), label="y")


def summing():
    """y = a + b."""
    return session(
        [helper.make_node("ReduceSum", ["x", "axis"], ["y"], keepdims=0)],
        [("x", TensorProto.FLOAT, ["n", 2])],
        [("y", TensorProto.FLOAT, ["n"])],
        axis=np.array([1], np.int64),
    )


def rows(seed: int, *, noisy_above: float = np.inf, weight: float = 1.0, count: int = 600) -> Rows:
    """y = weight x a + b, and noise of 0.1; of 3 where a is above `noisy_above`."""
    random = np.random.default_rng(seed)
    values = random.uniform(-1, 1, (count, 2))
    noise = random.normal(0, np.where(values[:, 0] > noisy_above, 3, 0.1))
    truth = weight * values[:, 0] + values[:, 1] + noise
    frame = pd.DataFrame({"a": values[:, 0], "b": values[:, 1], "y": truth})
    return Rows("e.csv", frame, truth, None)


def judged(rules, evaluation, *, spec=SPEC, versions=(), reference=None):
    given = {"session": summing(), "reference_versions": versions}
    return list(deepchecks_conditions(rules, spec, FILES, reference or rows(1), evaluation, **given))


def test_without_a_limit_nothing_is_looked_at():
    for rules in (None, DeepchecksLimits()):
        (finding,) = judged(rules, rows(2))
        assert finding.verdict == Verdict.SKIPPED


@needs_deepchecks
def test_the_weakest_segment_is_named_by_its_range_and_measured_on_the_other_rows():
    (finding,) = judged(DeepchecksLimits(weak_segment=0.5), rows(2, noisy_above=0.6))
    assert finding.verdict == Verdict.FAIL
    assert "< a <=" in finding.message
    assert finding.observed > 1


@needs_deepchecks
@pytest.mark.parametrize("seed", range(5))
def test_a_segment_that_is_weak_by_chance_passes(seed):
    (finding,) = judged(DeepchecksLimits(weak_segment=0.2), rows(seed + 10))
    assert finding.verdict == Verdict.PASS, finding.message


@needs_deepchecks
def test_a_column_that_tells_the_label_in_training_alone_is_named():
    (finding,) = judged(
        DeepchecksLimits(correlation_change=0.2), rows(2, weight=0.0), reference=rows(1, weight=8.0)
    )
    assert finding.verdict == Verdict.FAIL
    assert finding.message.startswith("column 'a' predicts ")
    assert " less of the label in the evaluation rows than in the reference" in finding.message


@needs_deepchecks
def test_the_lowest_of_all_limits_holds():
    old = SimpleNamespace(
        spec=SimpleNamespace(sections={"deepchecks": DeepchecksLimits(correlation_change=1e-9)})
    )
    (finding,) = judged(DeepchecksLimits(correlation_change=1.0), rows(2), versions=(old,))
    assert (finding.verdict, finding.threshold) == (Verdict.FAIL, 1e-9)


@needs_deepchecks
def test_what_cannot_be_measured_is_inconclusive():
    few = judged(DeepchecksLimits(weak_segment=0.2), rows(2, count=20))
    assert {one.verdict for one in few} == {Verdict.INCONCLUSIVE}
