from __future__ import annotations

import pytest

from sluicegate.gate.core import text_format
from sluicegate.gate.core.decision import Interval


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.01, "1 %"), (0.0412, "4.12 %"), (0.22034, "22 %"), (0.002, "0.2 %"), (-1e-12, "0 %"), (1, "100 %")],
)
def test_percent(share, text):
    assert text_format.percent(share) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(40, "40 s"), (420, "7 min"), (86400, "24 h"), (19_800, "5.5 h"), (259_200, "3 d")]
)
def test_duration(seconds, text):
    assert text_format.duration(seconds) == text


def test_rate_difference():
    assert (
        text_format.rate_difference(Interval(-0.003, 0.041))
        == "rate difference (canary - stable) -0.3 % .. 4.1 %"
    )
    assert text_format.rate_difference(Interval()) == "rate difference (canary - stable) unknown"
    assert text_format.rate_difference(Interval(lower=-0.01)) == "rate difference (canary - stable) -1 % .. ?"


def test_bounds_of_a_release_that_broke_late_say_which_part_each_is_of():
    assert text_format.bounds(Interval(0.573, 0.02)) == "57.3 % or more lately, 2 % or less on the whole"


@pytest.mark.parametrize(("number", "text"), [(7, "about 7"), (1234, "about 1,300"), (100, "about 100")])
def test_about(number, text):
    assert text_format.about(number) == text
