from __future__ import annotations

import pytest
from scipy.stats import binomtest

from sluicegate.gate.simulate.rules import Ending
from sluicegate.gate.simulate.scenarios import Scenario
from sluicegate.gate.simulate.score import Cost, Share, score
from sluicegate.gate.simulate.traffic.base import Setting
from sluicegate.gate.simulate.traffic.steady import flat

MARGIN = 0.01


def scenario(difference):
    return Scenario("name", "title", flat, Setting(difference=difference))


ENDINGS = [
    Ending("finish", 100, 1000, 300, 3),
    Ending("finish", 300, 3000, 500, 5),
    Ending("rollback", 50, 400, 20, 4),
    Ending("hold", 900, 9000, 90, 0),
    Ending("wait", 900, 9000, 90, 0),
]


@pytest.mark.parametrize(("count", "of"), [(0, 100), (1, 100), (37, 40), (40, 40)])
def test_the_bound_is_clopper_and_pearsons(count, of):
    expected = binomtest(count, of, alternative="less").proportion_ci(0.95, method="exact").high
    assert Share(count, of).upper == pytest.approx(expected)
    assert Share(count, of).share == count / of


def test_every_rollout_is_counted_once():
    scored = score("rule", scenario(0.0), MARGIN, ENDINGS)
    counts = [share.count for share in (scored.finished, scored.rolled_back, scored.held)]
    assert counts == [2, 1, 2]
    assert {share.of for share in (scored.finished, scored.rolled_back, scored.held)} == {5}


def test_costs_are_medians_of_those_that_ended_so():
    scored = score("rule", scenario(0.0), MARGIN, ENDINGS)
    assert scored.to_finish == Cost(seconds=200, requests=2000, canary=400, failed=4)
    assert scored.to_rollback == Cost(seconds=50, requests=400, canary=20, failed=4)
    assert score("rule", scenario(0.0), MARGIN, ENDINGS[3:]).to_finish is None


@pytest.mark.parametrize(
    ("difference", "false"), [(0.0, 1), (0.005, 1), (0.0051, None), (0.0099, None), (0.01, 2), (0.5, 2)]
)
def test_what_is_false_depends_on_the_truth(difference, false):
    """Up to half the margin a rollback is, from the margin on a promotion; between them neither."""
    found = score("rule", scenario(difference), MARGIN, ENDINGS).false
    assert (None if found is None else found.count) == false


def test_nothing_is_said_of_no_rollouts():
    with pytest.raises(ValueError, match="no rollouts"):
        score("rule", scenario(0.0), MARGIN, [])
