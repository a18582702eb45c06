import math

import pytest

from sluicegate.validators.evaluation.estimates import Estimate
from sluicegate.validators.evaluation.interval import against_limit
from sluicegate.validators.runner.finding import Verdict


@pytest.mark.parametrize(
    ("lower", "upper", "higher", "lower_is_better"),
    [
        (0.6, 0.8, Verdict.PASS, Verdict.FAIL),
        (0.5, 0.8, Verdict.PASS, Verdict.INCONCLUSIVE),
        (0.4, 0.8, Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE),
        (0.4, 0.5, Verdict.INCONCLUSIVE, Verdict.PASS),
        (0.2, 0.4, Verdict.FAIL, Verdict.PASS),
        (math.nan, math.nan, Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE),
    ],
)
def test_the_whole_interval_decides_and_its_end_on_the_limit_is_good(lower, upper, higher, lower_is_better):
    estimate = Estimate(0.5, lower, upper)
    assert against_limit("m", estimate, 0.5, higher_is_better=True).verdict == higher
    assert against_limit("m", estimate, 0.5, higher_is_better=False).verdict == lower_is_better


def test_the_finding_has_every_figure():
    found = against_limit("m", Estimate(0.7, 0.6, 0.8), 0.5, higher_is_better=True, production=0.4)
    assert (found.message, found.observed, found.interval) == ("m", 0.7, (0.6, 0.8))
    assert (found.threshold, found.production) == (0.5, 0.4)


def test_a_limit_that_is_not_a_number_is_inconclusive():
    found = against_limit("m", Estimate(0.7, 0.6, 0.8), math.nan, higher_is_better=True)
    assert found.verdict == Verdict.INCONCLUSIVE
