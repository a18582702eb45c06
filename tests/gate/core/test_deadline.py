"""Past its deadline a release is held, once, and never promoted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.deciding import CLEAN_5, DARK, after, at, decision_on, observing
from support.releases import reading

from sluicegate.specs.release import Hold


def test_past_the_deadline_it_is_held_once_and_never_promoted():
    release = replace(at(5), started=after(120 - 24 * 3600 - 1))
    decision = decision_on(release, observing(CLEAN_5, freeze="night"))
    assert (decision.kind, decision.release) == (
        "hold",
        replace(release, hold=Hold(after(120), decision.reason)),
    )
    assert "the deadline of 24 h has passed" in decision.reason
    again = decision_on(decision.release, observing(CLEAN_5))
    assert (again.kind, again.commits) == ("wait", False)


def test_the_deadline_names_what_was_in_the_way():
    observed = replace(reading(5), reset="the gateway restarted")
    decision = decision_on(replace(at(5), started=after(120 - 24 * 3600 - 1)), observing(observed))
    assert decision.kind == "hold"
    assert (
        "has passed; the canary has had 0 of this step's 20 requests (counted again: the" in decision.reason
    )


@pytest.mark.parametrize("weight", [0, 100])
def test_the_deadline_holds_a_dark_and_an_unfinished_release_too(weight):
    release = replace(DARK, weight=weight, started=after(-(10**6)))
    assert decision_on(release, observing(None)).kind == "hold"
