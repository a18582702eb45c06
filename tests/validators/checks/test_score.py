"""The edges of the score's histogram are held against the scores that a real model gives to the reference."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support.small_models import LABEL_AND_PROBABILITIES, classifier, model_spec

from sluicegate.specs.model import Score
from sluicegate.validators.checks.score import score_edges
from sluicegate.validators.evaluation.rows import Rows
from sluicegate.validators.runner.finding import Finding, Verdict

VARIED = pd.DataFrame(np.random.default_rng(0).normal(size=(500, 2)), columns=["a", "b"])
ALIKE = pd.DataFrame(np.zeros((500, 2)), columns=["a", "b"])


def judge(*edges: float, frame: pd.DataFrame = VARIED, score: bool = True) -> Finding:
    declared = Score("probabilities", 1, edges=edges) if score else None
    spec = model_spec(outputs=LABEL_AND_PROBABILITIES, score=declared)
    rows = Rows("reference.parquet", frame, np.zeros(len(frame), dtype=np.int64))
    (finding,) = score_edges(spec, classifier(), rows)
    return finding


def probabilities() -> np.ndarray:
    return classifier().run(["probabilities"], {"x": VARIED.to_numpy(np.float32)})[0][:, 1]


def test_an_edge_among_the_scores_is_enough():
    finding = judge(float(np.median(probabilities())), 2.0)
    assert (finding.verdict, finding.message[:23]) == (Verdict.PASS, "1 of 2 edges split the ")


@pytest.mark.parametrize("edges", [(-2.0, -1.0), (1.5, 2.0)])
def test_edges_that_split_nothing_fail_with_the_deciles(edges):
    finding = judge(*edges)
    assert finding.verdict == Verdict.FAIL
    assert "none of 2 edges splits the reference's scores" in finding.message
    assert finding.path == "models/m/model.yaml"
    written = [float(word) for word in finding.remedy.split("[")[1].split("]")[0].split(",")]
    np.testing.assert_allclose(
        written, np.quantile(probabilities(), np.linspace(0.1, 0.9, 9)), rtol=0.05, atol=1e-3
    )


def test_a_score_that_never_varies_has_no_edges_at_all():
    finding = judge(0.1, frame=ALIKE)
    assert (finding.verdict, "varies" in finding.remedy) == (Verdict.FAIL, True)


def test_without_a_score_nothing_is_held():
    assert judge(score=False).verdict == Verdict.SKIPPED
