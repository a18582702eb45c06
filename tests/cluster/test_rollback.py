"""Act 3 of the demonstration: a version that no sample shows to be bad is rolled back under load."""

from __future__ import annotations

import time

import pytest
from harness import story
from harness.load import running
from harness.repository import Team
from harness.story import MODEL, REGION
from harness.wait import until

pytestmark = pytest.mark.core
BAD = "3"
"""The network of act 3: its answer to a row with gaps is NaN, which the server refuses to give."""


@pytest.fixture(scope="module")
def rolled_back(run, second, subject):
    """Version 3 merged under load and rolled back in the first region: the load, the trail, when."""
    it = subject(MODEL, REGION)
    with running(it.load(story.RATE, story.CONNECTIONS)) as load, story.followed(it) as trail:
        merged = time.time()
        Team(run).release(MODEL, 3)
        story.until_rejected(run, MODEL, REGION, 3, seconds=900)
        decided = time.time()
        it.until_alone()
        # The route says so at once, and the gateway follows it some tenths of a second later.
        until("200 answers in a row of stable", lambda: _versions(load, 200) == {"2"}, 60)
        count = len(load.answers)
        until("200 requests after the rollback", lambda: len(load.answers) >= count + 200, 60)
    return it, load, trail, merged, decided


def _versions(load, last: int) -> set[str]:
    return {answer.version for answer in load.answers[-last:]}


def test_bad_version_is_rolled_back_on_evidence(run, rolled_back):
    _, _, _, merged, _ = rolled_back
    verdict = story.decisions(run, MODEL, REGION, kind="rollback", since=merged)[-1]
    assert verdict.version == 3
    assert verdict.before in (1, 5), "found at the first steps"
    judged = {each.gate: each for each in story.record(run, verdict)[1].decision.judgements}
    assert judged["error_rate"].harmful
    assert judged["error_rate"].bad_canary > 0
    assert judged["error_rate"].bad_stable == 0


def test_no_request_of_stable_fails(rolled_back, figures):
    it, load, trail, _, decided = rolled_back
    # A failed request carries no version: NaN is refused with 500, and by the canary alone.
    failed = [answer for answer in load.answers if answer.status != 200]
    assert {answer.status for answer in failed} <= {500}
    assert it.failed_on_stable() == 0
    assert set(load.versions()) <= {"", "2", BAD}
    last = max(answer.sent for answer in load.answers if answer.version == BAD or answer.status == 500)
    figures.add("requests that the bad version got", len(failed) + load.versions()[BAD], "requests")
    figures.add("rollback decision to last canary request", max(last - decided, 0.0))
    figures.add("requests failed on stable", it.failed_on_stable(), "requests")
    lags = [seconds for weight, seconds in trail.lags() if weight == 0]
    figures.add("rollback commit to the route", lags[-1])


def test_rejected_version_stays_away_and_stable_serves(run, rolled_back):
    it, load, _, _, _ = rolled_back
    now = story.release(run, MODEL, REGION)
    assert now is not None
    assert now.stable is not None
    assert (now.stable.version, now.canary, now.weight) == (2, None, 0)
    assert _versions(load, 100) == {"2"}
    assert it.weights() == {"stable": 100}
