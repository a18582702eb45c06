from __future__ import annotations

import pytest

from sluicegate.gate.simulate.scenarios import BY_NAME, OWN, SCENARIOS

MARGIN = 0.01


def test_names_are_unique_and_ones_own_are_among_them():
    assert len(BY_NAME) == len(SCENARIOS)
    assert {*OWN} <= BY_NAME.keys()


@pytest.mark.parametrize("name", BY_NAME)
def test_a_title_says_whether_there_is_harm(name):
    scenario = BY_NAME[name].at(MARGIN)
    assert scenario.title.startswith("no harm") == (scenario.setting.difference == 0)


def test_a_difference_in_margins_is_the_policys():
    assert BY_NAME["beyond-margin"].at(0.02).setting.difference == pytest.approx(0.03)
    assert BY_NAME["regression"].at(0.02).setting.difference == 0.11


@pytest.mark.parametrize("name", BY_NAME)
def test_the_same_number_is_the_same_traffic_whoever_draws_it(name):
    scenario = BY_NAME[name].at(MARGIN)
    one, again, other = scenario.traffic(7, 3), scenario.traffic(7, 3), scenario.traffic(7, 4)
    first = [one.serve(window, 25) for window in range(3)]
    assert [again.serve(window, 25) for window in reversed(range(3))] == first[::-1]
    assert [other.serve(window, 25) for window in range(3)] != first


def test_what_is_false():
    expected = {"null": "rollback", "tolerable": "rollback", "at-margin": "promotion", "broken": "promotion"}
    assert {name: BY_NAME[name].at(MARGIN).error(MARGIN) for name in expected} == expected
