"""Regions are environments: the next one begins with a version when the one before has finished it."""

from __future__ import annotations

from harness import story
from harness.story import MODEL


def test_region_waits_for_the_one_before_it(run, second, subject):
    story.promote(run, MODEL, 2, [subject(MODEL, "production-us")])
    finished = {
        environment: next(
            each.at for each in story.decisions(run, MODEL, environment, kind="finish") if each.version == 2
        )
        for environment in ("dev", "staging", "production-eu", "production-us")
    }
    assert list(finished.values()) == sorted(finished.values())
    begun = next(each for each in story.decisions(run, MODEL, "production-us") if each.version == 2)
    assert begun.at >= finished["production-eu"]
