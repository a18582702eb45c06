"""The score of each row, and edges that split the scores."""

from __future__ import annotations

import numpy as np
import pytest
from support.small_models import LABEL_AND_PROBABILITIES, PROBABILITY, model_spec

from sluicegate.onnx_server.score import Score as ServedScore
from sluicegate.specs.model import Score
from sluicegate.validators.evaluation.score import quantile_edges, scores, share_above
from sluicegate.validators.runner.inputs import Unavailable

OUTPUTS = {
    "label": np.array([1, 0]),
    "probabilities": np.array([[0.2, 0.8], [0.7, 0.3]], np.float32),
}


def of(score: Score, classes=None) -> list[float]:
    spec = model_spec(outputs=LABEL_AND_PROBABILITIES, score=score, classes=classes)
    return [round(value, 6) for value in scores(spec, score, OUTPUTS).tolist()]


@pytest.mark.parametrize(
    ("score", "served", "expected"),
    [
        (Score("probabilities", 1), ServedScore("probabilities", None, 1), [0.8, 0.3]),
        (Score("probabilities", class_="no"), ServedScore("probabilities", None, 0), [0.2, 0.7]),
        (Score("probabilities", reduce="max"), ServedScore("probabilities", "max"), [0.8, 0.7]),
        (Score("label"), ServedScore("label"), [1.0, 0.0]),
    ],
)
def test_the_score_is_the_servers(score, served, expected) -> None:
    """Edges are drawn from what the server will count."""
    assert of(score, ("no", "yes")) == expected
    arrays = [OUTPUTS[served.output][:1]]
    assert served.of([served.output], arrays) == pytest.approx(expected[0])


def test_a_row_of_several_numbers_is_no_score() -> None:
    with pytest.raises(Unavailable, match="the score is one number a row, and output 'probabilities' has 2"):
        of(Score("probabilities"))


def test_a_score_that_is_not_finite_is_named_by_its_row() -> None:
    spec = model_spec(outputs=(PROBABILITY,), score=Score("p"))
    with pytest.raises(Unavailable, match="the score of row 2 is not a finite number"):
        scores(spec, spec.score, {"p": np.array([[0.5], [np.nan]])})


def test_default_edges_cut_the_scores_into_ten_equal_parts() -> None:
    values = np.random.default_rng(0).gamma(2.0, 100.0, 20_000)
    edges = quantile_edges(values)
    shares = [share_above(values, edge) for edge in edges]
    np.testing.assert_allclose(shares, np.arange(0.9, 0.05, -0.1), atol=0.01)
    assert list(edges) == sorted(set(edges))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.full(100, 0.5), ()),
        (np.repeat([0.0, 1.0], [90, 10]), (0.0,)),
        (np.repeat([1.0, 2.0], 50), (1.0,)),
        (np.repeat([1.0, 0.2, 0.0], [95, 3, 2]), (0.2,)),
        (np.repeat([np.float32(1 / 3), 1.0], 50), (0.3333333433,)),
        (
            100_000 + np.arange(20.0),
            (100_001, 100_003, 100_005, 100_007, 100_009, 100_011, 100_013, 100_015, 100_017),
        ),
    ],
    ids=[
        "one number",
        "mostly one",
        "two numbers",
        "mostly the largest",
        "above the rounded number",
        "close together",
    ],
)
def test_edges_lie_among_the_scores_each_once(values, expected) -> None:
    edges = quantile_edges(values)
    assert edges == expected
    assert all(0 < share_above(values, edge) < 1 for edge in edges)
