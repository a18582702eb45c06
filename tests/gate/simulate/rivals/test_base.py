from __future__ import annotations

from support.simulation import PLAN, minute

from sluicegate.gate.simulate.rivals.all import RIVALS
from sluicegate.gate.simulate.rivals.base import Minutes


def test_windows_are_added_up_to_minutes():
    minutes = Minutes(10.0)
    whole = [minutes.add(minute(canary=1, bad=1, stable=2, bad_stable=1)) for _ in range(12)]
    assert [each is not None for each in whole] == ([False] * 5 + [True]) * 2
    assert whole[5] == whole[11] == minute(canary=6, bad=6, stable=12, bad_stable=6)


def test_every_rival_begins_with_some_traffic_on_the_canary():
    assert {0 < build(PLAN).weight < 100 for build in RIVALS.values()} == {True}
