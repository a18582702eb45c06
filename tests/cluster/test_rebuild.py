"""A cluster that is lost in mid-canary comes back from git alone, at the same weight."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator

import pytest
from harness import rebuild, story
from harness.cluster import Progress
from harness.load import one, running
from harness.midway import MODEL, REGION, Midway
from harness.release import Subject
from harness.run import Run
from harness.wait import NotYet, until


@pytest.fixture(scope="module")
def rebuilt(
    run: Run, first: None, subject: Callable[[str, str], Subject], figures
) -> Iterator[tuple[Midway, int, float]]:
    """A release in mid-canary of a cluster that was lost and built anew; its weight, and when that began."""
    release = Midway(subject(MODEL, REGION))
    weight, lost = release.begin(), time.time()
    figures.end_gateway(run)
    rebuild.lose(run)
    figures.add("cluster lost: all ended and removed", time.time() - lost)
    began = time.time()
    rebuild.restore(run, Progress(sys.stderr))
    figures.add("cluster rebuilt: start to the gate's pod", time.time() - began)
    yield release, weight, began
    release.end()


def test_the_route_comes_back_at_the_same_weight(rebuilt, figures):
    release, weight, began = rebuilt
    release.it.until_healthy(seconds=300)
    assert release.it.weights() == {"stable": 100 - weight, "canary": weight}
    figures.add("cluster rebuilt: start to the release healthy", time.time() - began)


def test_requests_are_shared_as_before(rebuilt, figures):
    release, weight, began = rebuilt
    probe = release.it.load(1.0)

    def answers() -> bool:
        answer = one(probe)
        if answer.status != 200:
            raise NotYet(f"{answer}; {release.it.state()}; {release.it.pods()}")
        return True

    until("the first good answer", answers, 180)
    figures.add("cluster rebuilt: start to the first good answer", time.time() - began)
    release.it.until_healthy(seconds=300)
    with running(release.it.load(40.0)) as load:
        until("400 requests", lambda: len(load.answers) >= 400, 90)
    share = load.versions()["2"] / len(load.answers)
    assert share == pytest.approx(weight / 100, abs=0.02)
    assert load.statuses() == {200: len(load.answers)}


def test_nobody_commits_and_the_gate_goes_on(rebuilt, run, figures):
    release, weight, began = rebuilt
    release.it.until_healthy(seconds=300)
    made = release.advance()
    figures.add("cluster rebuilt: start to the gate's next step", time.time() - began)
    assert made.before == weight
    release.it.until_weight(made.after)
    log = story.git(run, "log", f"--since={int(began)}", "--format=%an", "main").split("\n")
    assert len({each for each in log if each}) == 1, f"only the gate commits: {set(log)}"
