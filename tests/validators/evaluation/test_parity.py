import math

import numpy as np
import pytest
from scipy import stats

from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.parity import flips, largest_gap
from sluicegate.validators.evaluation.predictions import Predictions

NAN, INF = math.nan, math.inf


def gap(new, old):
    return largest_gap({"y": np.array(new, np.float32)}, {"y": np.array(old, np.float32)})


def test_a_difference_is_a_share_of_the_originals_range():
    found = gap([100.0, 210.0, 300.0], [100.0, 200.0, 300.0])
    assert (found.output, found.row) == ("y", 2)
    assert found.share == pytest.approx(0.05)


def test_the_output_with_the_largest_share_is_named():
    old = {"a": np.array([0.0, 1.0]), "b": np.array([0.0, 1000.0])}
    new = {"a": np.array([0.0, 1.2]), "b": np.array([0.0, 1001.0])}
    assert largest_gap(new, old).output == "a"


def test_labels_are_no_numbers_to_compare():
    labels = np.array([0, 1])
    assert largest_gap({"label": labels}, {"label": 1 - labels}) is None


@pytest.mark.parametrize(
    ("new", "old"),
    [([NAN, 1], [0, 1]), ([0, 1], [NAN, 1]), ([INF, 1], [0, 1]), ([0, 1], [INF, 1]), ([2, 2.5], [2, 2])],
)
def test_what_no_range_can_measure_is_an_infinite_difference(new, old):
    assert gap(new, old).share == INF


@pytest.mark.parametrize("same", [[NAN, 1.0], [INF, 1.0], [2.0, 2.0]])
def test_equal_answers_differ_in_nothing(same):
    assert gap(same, same).share == 0


@pytest.mark.parametrize("new", [{"z": np.zeros(2)}, {"y": np.zeros((2, 2))}])
def test_other_outputs_cannot_be_compared(new):
    with pytest.raises(Undefined, match=r"outputs are z|has the shape"):
        largest_gap(new, {"y": np.zeros(2)})


def decided(decisions):
    return Predictions(np.zeros(len(decisions)), np.zeros(len(decisions)), np.array(decisions))


def test_flips_over_all_tables_have_the_exact_binomial_interval():
    pairs = [
        (decided([1] * 50), decided([1] * 50)),
        (decided([1, 0] * 75), decided([1, 0] * 74 + [0, 1])),
    ]
    found = flips(pairs)
    oracle = stats.binomtest(2, 200).proportion_ci(0.95, "exact")
    assert (found.share.value, found.count, found.unit) == (0.01, 200, "rows")
    assert (found.share.lower, found.share.upper) == pytest.approx((oracle.low, oracle.high))


def test_a_row_of_several_labels_flips_as_a_whole():
    found = flips([(decided([[1, 0], [1, 1]]), decided([[0, 1], [1, 1]]))])
    assert found.share.value == 0.5


def test_ranking_counts_the_queries_whose_first_row_changes():
    groups = np.array([0, 0, 1, 1, 1])
    old = Predictions(np.zeros(5), scores=np.array([0.1, 0.9, 0.5, 0.4, 0.3]), groups=groups)
    new = Predictions(np.zeros(5), scores=np.array([0.2, 0.1, 0.5, 0.1, 0.3]), groups=groups)
    found = flips([(new, old)])
    assert (found.share.value, found.count, found.unit) == (0.5, 2, "queries")


def test_quantities_decide_nothing():
    values = Predictions(np.zeros(3), values=np.zeros(3))
    assert flips([(values, values)]) is None


def test_scores_without_a_threshold_are_not_taken_as_undecided():
    logits = Predictions(np.zeros(3), scores=np.array([-3.0, 2.0, 9.0]))
    with pytest.raises(Undefined, match="no threshold"):
        flips([(logits, logits)])
