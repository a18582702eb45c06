from dataclasses import replace
from datetime import timedelta

from support.clock import START, ManualClock
from support.releases import V1, V2, V3

from sluicegate.gate.adapters.looks import Looks
from sluicegate.gate.adapters.points import Points
from sluicegate.specs.release import Release

RELEASE = Release("m", "production", stable=V1, canary=V2, weight=5, since=START)


def look(value: float) -> list[Points]:
    return [Points("a_total", {"job": "gateway"}, {0.0: value})]


def test_looks_at_a_step_are_series_whose_moments_are_a_steady_clocks():
    clock = ManualClock(50)
    looks = Looks(clock)
    looks.add(RELEASE, 10, START, look(1))
    clock.now += 20
    # The gate's clock went back by an hour.
    (found,) = looks.add(RELEASE, 10, START - timedelta(hours=1), look(7))
    assert found.values == {START.timestamp(): 1.0, START.timestamp() + 20: 7.0}


def test_another_step_begins_anew_and_another_release_has_its_own():
    looks = Looks(ManualClock())
    looks.add(RELEASE, 10, START, look(1))
    looks.add(replace(RELEASE, model="n"), 10, START, look(5))
    for changes in ({"weight": 25}, {"since": START + timedelta(hours=1)}, {"canary": V3}):
        (found,) = looks.add(replace(RELEASE, **changes), 10, START, look(2))
        assert list(found.values.values()) == [2.0]


def test_a_series_that_is_twice_in_a_look_stays_twice():
    found = Looks(ManualClock()).add(RELEASE, 10, START, [*look(1), *look(2)])
    assert [list(one.values.values()) for one in found] == [[1.0], [2.0]]


def test_a_release_that_nobody_looked_at_for_long_is_forgotten():
    clock = ManualClock()
    looks = Looks(clock)
    looks.add(RELEASE, 10, START, look(1))
    clock.now += 3601
    looks.add(replace(RELEASE, model="n"), 10, START, look(1))
    (found,) = looks.add(RELEASE, 10, START, look(2))
    assert list(found.values.values()) == [2.0]
