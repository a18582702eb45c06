"""A server that stalls is no worse a version, and one that hangs for good is: a window counts once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from harness import containerd, story
from harness.load import Load, running
from harness.midway import MODEL, REGION, VERSION, Midway
from harness.release import Subject
from harness.run import CommandFailed, Run
from harness.wait import NotYet, until

PAUSES, SECONDS = 5, 2.0
"""Shorter than what the readiness probe lets pass, so the pod stays ready."""
RATE = 60.0
"""Requests a second: a pause meets some of the canary's, and each window between two has some, too."""
BETWEEN = 1500
"""Requests from one pause to the next: five windows."""
SLOW = 0.5
"""Seconds of an answer that has met a pause."""


@pytest.fixture(scope="module")
def release(run: Run, first: None, subject: Callable[[str, str], Subject]) -> Iterator[Midway]:
    """Version 2 of digits beside version 1, in the first region; taken back at the end."""
    found = Midway(subject(MODEL, REGION))
    yield found
    found.end()


@pytest.fixture
def canary(release: Midway) -> Midway:
    """The release at a step that has just begun."""
    release.begin()
    return release


def pods(it: Subject) -> list[dict]:
    """The canary's pods."""
    labels = f"sluicegate.dev/model={MODEL},sluicegate.dev/version={VERSION}"
    return it.kube.list("v1", "Pod", it.namespace, labels=labels)


def restarts(it: Subject) -> dict[str, int]:
    """By the canary's pod, how often its server has begun anew."""
    return {
        pod["metadata"]["name"]: sum(each["restartCount"] for each in pod["status"]["containerStatuses"])
        for pod in pods(it)
    }


def signal(it: Subject, name: str) -> None:
    """Send a signal to the canary's processes; one that has ended meanwhile needs none."""
    for pod in pods(it):
        for process in containerd.processes(it.run, pod["metadata"]["name"]):
            try:
                it.run.call(["kill", f"-{name}", str(process)], inside=False)
            except CommandFailed as error:
                if "No such process" not in str(error):
                    raise


def more(load: Load, count: int) -> None:
    """Wait for so many more requests to be answered."""
    at = len(load.answers) + count
    until(f"{count} more requests", lambda: len(load.answers) >= at, 4 * count / RATE)


def pause(it: Subject) -> None:
    """Stop the canary's processes for a while, as a busy machine does."""
    signal(it, "STOP")
    try:
        time.sleep(SECONDS)
    finally:
        signal(it, "CONT")


def test_canary_that_stalls_now_and_then_is_not_rolled_back(canary: Midway, figures):
    it, began, before = canary.it, time.time(), restarts(canary.it)
    assert len(before) == 1
    with running(it.load(RATE, story.CONNECTIONS)) as load:
        more(load, BETWEEN)
        for _ in range(PAUSES):
            pause(it)
            more(load, BETWEEN)
    slow = [answer for answer in load.answers if answer.seconds > SLOW]
    figures.add("slow answers while the canary stalled", len(slow), "requests")
    assert len(slow) >= PAUSES, "no request has met a pause, so nothing was tried"
    assert load.statuses() == {200: len(load.answers)}
    assert restarts(it) == before, "a stall is no restart"
    assert {kind for kind, *_ in canary.decided(began)} <= {"advance"}
    made = canary.advance()
    assert made.version == VERSION
    figures.add("canary that stalled: first pause to the next step", made.at - began)
    assert VERSION not in [each.version for each in canary.release.rejected]


def test_canary_that_hangs_for_good_is_rolled_back(canary: Midway, run: Run, figures):
    """Whatever the kubelet starts in its place hangs as well."""
    it, began = canary.it, time.time()

    def rejected() -> bool:
        now = canary.release
        if VERSION in [each.version for each in now.rejected]:
            return True
        signal(it, "STOP")
        raise NotYet(story.describe(run, MODEL, REGION, now))

    try:
        with running(it.load(RATE, story.CONNECTIONS)) as load:
            more(load, BETWEEN)
            hung = time.time()
            until("a canary that hangs to be rolled back", rejected, 300, every=0.5)
            figures.add("canary that hangs to its rollback", time.time() - hung)
            it.until_weight(0)
            since = time.time()
            until("good answers again", lambda: load.versions(since)["1"] >= 200, 60)
    finally:
        signal(it, "CONT")
    verdict = story.decisions(run, MODEL, REGION, kind="rollback", since=began)[-1]
    judged = story.record(run, verdict)[1].decision.judgements
    assert any(each.harmful and each.bad_canary > each.bad_stable for each in judged)
    assert verdict.at >= int(hung)
    assert it.weights().get("canary", 0) == 0
