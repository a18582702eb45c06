"""A merge reaches all traffic by the gate's own commits, judged on what Prometheus counted."""

from __future__ import annotations

import time

import pytest
from harness import story
from harness.load import running
from harness.repository import Team
from harness.story import MODEL, REGION
from harness.wait import until

pytestmark = pytest.mark.core


@pytest.fixture(scope="module")
def promoted(run, first, subject):
    """Version 2 merged under load and promoted in the first region: the load, the trail, when."""
    it = subject(MODEL, REGION)
    with running(it.load(story.RATE, story.CONNECTIONS)) as load, story.followed(it) as trail:
        merged = time.time()
        Team(run).release(MODEL, 2)
        story.until_stable(run, MODEL, REGION, 2, seconds=1200)
        finished = time.time()
        it.until_alone()
        count = len(load.answers)
        until("100 requests after the release", lambda: len(load.answers) >= count + 100, 60)
    return it, load, trail, merged, finished


def test_merged_version_takes_every_step(run, promoted, figures):
    it, _, trail, merged, finished = promoted
    assert story.weights(run, MODEL, REGION, since=merged) == [0, 1, 5, 25, 50, 100]
    figures.add("merge to 100 % of the first region", finished - merged)
    for weight, seconds in trail.lags():
        figures.add(f"the gate's commit to the route, {weight} %", seconds)
    assert it.weights() == {"stable": 100}, "the canary's pods are stable's now, and no track is left over"


def test_no_request_fails_on_the_way(promoted, figures):
    _, load, _, _, _ = promoted
    figures.add("requests in the promotion", len(load.answers), "requests")
    assert load.statuses() == {200: len(load.answers)}
    assert set(load.versions()) == {"1", "2"}
    assert {answer.version for answer in load.answers[-50:]} == {"2"}


def test_every_step_names_the_evidence_that_it_was_decided_on(run, promoted):
    _, _, _, merged, _ = promoted
    made = story.decisions(run, MODEL, REGION, since=merged)
    for decided in made:
        digest, predicate = story.record(run, decided)
        assert digest == decided.evidence
        assert predicate.decision.kind == decided.kind
        reading = predicate.inputs.observations.reading
        if decided.kind in ("advance", "finish") and decided.before > 0:
            assert reading is not None
            assert reading.weight == decided.before, "judged at the weight that the route had"
            assert reading.synced, "the record names the revision that Argo CD had synced"
    shown = next(each for each in made if (each.before, each.after) == (1, 5))
    judged = story.record(run, shown)[1].decision.judgements
    assert {each.gate for each in judged} == {"error_rate", "slow_requests", "score_drift"}
    assert all(each.non_inferior and each.requests > 0 for each in judged)
