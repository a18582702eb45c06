"""An outage of stable, in one gate and its judgement: it hides harm little, and proves nothing."""

from __future__ import annotations

import pytest
from support.releases import delta, policy

from sluicegate.gate.core import tallying
from sluicegate.gate.core.judge import Evidence, compare
from sluicegate.specs.policy import Gate
from sluicegate.specs.release import Step, Tally, Traffic

WELL = (100, 900, 0, 0)
OUT = (100, 900, 0, 900)
HARMFUL = (100, 900, 5, 0)


def minutes(*parts, weight=10):
    """One running step: each part is so many windows of the same counts."""
    windows = tuple(delta(*counts) for number, counts in parts for _ in range(number))
    return Step(weight, Traffic(0, 0), {"e": Tally(delta(0, 0), windows)})


def is_harmful(*steps, following=25, **more):
    gate = Gate("e", 0.01, **more)
    return compare(gate, policy(gate), Evidence(steps, following)).harmful


def windows_until_harm(*before):
    """Windows of 5 % more failures on the canary until that is found."""
    return next(n for n in range(1, 200) if is_harmful(minutes(*before, (n, HARMFUL))))


def test_harm_after_an_outage_of_stable_is_found_some_windows_later_and_not_hours():
    assert windows_until_harm() == 3
    assert windows_until_harm((12, OUT)) <= 12
    assert windows_until_harm((12, WELL), (12, OUT)) <= 12


def test_an_hour_of_outage_hides_harm_no_longer_than_two_minutes_of_it_by_more_than_a_few_windows():
    assert windows_until_harm((180, OUT)) <= windows_until_harm((12, OUT)) + 6


def test_an_outage_in_a_closed_step_hides_harm_in_a_later_one_little():
    outage = minutes((12, OUT), weight=5)
    late = next(n for n in range(1, 200) if is_harmful(outage, minutes((n, HARMFUL))))
    assert late <= 6


@pytest.mark.parametrize("number", [6, 12, 60])
def test_an_outage_of_stable_proves_nothing(number):
    gate = Gate("e", 0.01, at_most=0.5)
    of = policy(gate)
    out = [minutes((number, OUT), weight=50)]
    assert not compare(gate, of, Evidence(out, 100)).non_inferior
    worse = [minutes((number, (500, 500, 0, 500)), (6, (500, 500, 25, 0)), weight=50)]
    assert not compare(gate, of, Evidence(worse, 100)).non_inferior
    well = [minutes((number, (500, 500, 0, 500)), (12, (500, 500, 2, 2)), weight=50)]
    assert compare(gate, of, Evidence(well, 100)).non_inferior


def test_an_outage_proves_nothing_in_a_closed_step_either():
    gate = Gate("e", 0.01)
    of = policy(gate)
    whole = minutes((20, (500, 500, 0, 500)), weight=50).tallies["e"]
    kept = tallying.closed(whole, gate, 50, 100)
    assert len(kept.windows) == 20
    step = Step(50, Traffic(0, 0), {"e": kept})
    assert not compare(gate, of, Evidence([step], 100)).non_inferior
