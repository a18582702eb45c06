from __future__ import annotations

import pytest

from sluicegate.gate.core import text_format as words
from sluicegate.gate.core.decision import Interval


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.01, "1 %"), (0.0412, "4.12 %"), (0.22034, "22 %"), (0.002, "0.2 %"), (-1e-12, "0 %"), (1, "100 %")],
)
def test_percent(share, text):
    assert words.percent(share) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(40, "40 s"), (420, "7 min"), (86400, "24 h"), (19_800, "5.5 h"), (259_200, "3 d")]
)
def test_duration(seconds, text):
    assert words.duration(seconds) == text


def test_excess():
    assert words.excess(Interval(-0.003, 0.041)) == "excess -0.3 % .. 4.1 %"
    assert words.excess(Interval()) == "excess unknown"
    assert words.excess(Interval(lower=-0.01)) == "excess -1 % .. ?"


@pytest.mark.parametrize(("number", "text"), [(7, "about 7"), (1234, "about 1,300"), (100, "about 100")])
def test_about(number, text):
    assert words.about(number) == text
