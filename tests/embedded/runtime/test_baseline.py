"""A third track on real servers: those that are fresh are slow, and stable's is not."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sluicegate.gate.adapters.scrape import Scrape
from sluicegate.gate.adapters.source import Query
from sluicegate.gate.core.decision import Decision, Observations
from sluicegate.gate.core.machine import decide
from sluicegate.gate.metrics.slow_requests import SlowRequests
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import Release

WEIGHT = 25
SLOW = Gate("slow_requests", 0.12, against="baseline")
PAIRED = Policy(
    (WEIGHT, 50, 100), (SLOW,), min_seconds=0, window=timedelta(seconds=1), warmup_requests=0, baseline=True
)
BESIDE_STABLE = replace(PAIRED, gates=(replace(SLOW, against="stable"),))
MOST_LOOKS = 600
"""Three minutes: a busy machine answers fewer requests, and they differ more."""
TURN = 0.1
"""Seconds that a throttled server works, and then does not."""


@contextmanager
def throttled(*pids: int) -> Iterator[None]:
    """Half of the time these processes get no processor, all at the same moments."""
    ended = threading.Event()

    def turns() -> None:
        number = signal.SIGSTOP
        while not ended.wait(TURN):
            for pid in pids:
                os.kill(pid, number)
            number = signal.SIGCONT if number == signal.SIGSTOP else signal.SIGSTOP
        for pid in pids:
            os.kill(pid, signal.SIGCONT)

    thread = threading.Thread(target=turns)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def deciding(url: str, release: Release, policy: Policy) -> Decision:
    counters = {"slow_requests": SlowRequests(20, 0.12).failure_counters(None)}  # type: ignore[arg-type]
    now = datetime.now(UTC)
    (reading,) = Scrape(url).read([Query(release, counters, policy)], now)
    return decide(release, policy, Observations(release.canary, release.canary, reading), now)


def test_a_canary_that_is_slow_for_want_of_work_goes_on_beside_a_baseline_alone(
    world, running, load, server_pids, gateway_counts
):
    one, two = world.version(1), world.version(2)
    world.release(one, two, WEIGHT, baseline=True)
    runtime = running(seed=5)
    runtime.wait_for("m", {"stable": (1, 50), "canary": (2, WEIGHT), "baseline": (1, WEIGHT)})
    release = Release("m", "production", stable=one, canary=two, weight=WEIGHT, baseline=True)
    pids = server_pids(runtime)
    assert set(pids) == {"stable", "canary", "baseline"}
    with throttled(pids["canary"], pids["baseline"]):
        sending = load(runtime.infer_url("m"), "--connections", "24", "--rate", "400")
        for _ in range(MOST_LOOKS):
            sending.progress()
            paired = deciding(runtime.url, release, PAIRED)
            beside_stable = deciding(runtime.url, release, BESIDE_STABLE)
            if "wait" not in (paired.kind, beside_stable.kind):
                break
        sent = sending.finish()
    assert (paired.kind, beside_stable.kind) == ("advance", "rollback"), paired.reason
    assert paired.release.weight == 50 and not paired.release.baseline
    assert gateway_counts(runtime) == sent["by_track"]
    share = sum(sent["by_track"]["baseline"].values()) / sum(sent["by_status"].values())
    assert abs(share - WEIGHT / 100) < 0.06
    world.release(one, two, 50)
    runtime.wait_for("m", {"stable": (1, 50), "canary": (2, 50)})
