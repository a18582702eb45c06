"""Regions are environments: the next one begins with a version when the one before has finished it."""

from __future__ import annotations

from harness import story
from harness.load import running
from harness.story import MODEL, Decided
from harness.wait import NotYet, until

NEXT = "production-us"


def test_region_waits_for_the_one_before_it(run, second, subject):
    """And then takes it by the same steps: dark at first, then at its smallest weight."""

    def begun() -> list[Decided]:
        found = [each for each in story.decisions(run, MODEL, NEXT) if each.version == 2]
        if len(found) < 2:
            raise NotYet(story.describe(run, MODEL, NEXT, story.release(run, MODEL, NEXT)))
        return found

    # Its own first release is finished once it has seen requests, too.
    with running(subject(MODEL, NEXT).load(10.0, 1)):
        steps = until(f"version 2 of {MODEL} to begin in {NEXT}", begun, 300)
    assert [(each.kind, each.before, each.after) for each in steps[:2]] == [
        ("advance", 0, 0),
        ("advance", 0, 1),
    ]
    finished = [
        next(each.at for each in story.decisions(run, MODEL, environment, kind="finish") if each.version == 2)
        for environment in ("dev", "staging", "production-eu")
    ]
    assert finished == sorted(finished)
    assert steps[0].at >= finished[-1]
