"""When smoke tests are run: once for each canary that was started, never within a tick of a running gate."""

from __future__ import annotations

import threading
from concurrent.futures import wait
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from support.releases import POLICY, T0, V1, V2, V3, reading
from support.specs import environment_yaml

from sluicegate.gate.core.decision import Smoke
from sluicegate.gate.daemon.smoke import LATEST, DarkCanary, SmokeTests
from sluicegate.specs.environment_file import load_environment
from sluicegate.specs.release import Release
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import parse

ENVIRONMENT = load_environment(parse(environment_yaml("production"), "environment.yaml"))
DARK = Release("m", "production", stable=V1, canary=V2, started=T0, since=T0)
TESTED = replace(POLICY, smoke=True)
READY = reading(0)
PASSED = Smoke("passed", "well", 20, 20)
NOT_RUN = Smoke("not_run", "no route")


class Examiner:
    """A smoke test whose results a test sets; it waits for `go`, and counts."""

    def __init__(self, *results: Smoke | Exception) -> None:
        self.results = list(results)
        self.asked: list[DarkCanary] = []
        self.go = threading.Event()
        self.go.set()

    def __call__(self, canary: DarkCanary) -> Smoke:
        self.asked.append(canary)
        assert self.go.wait(30)
        result = self.results.pop(0) if len(self.results) > 1 else self.results[0]
        if isinstance(result, Exception):
            raise result
        return result


def tree(revision: str) -> Tree:
    """Stands for the repository at a revision."""
    return cast(Tree, f"the tree of {revision}")


def result(
    tests: SmokeTests, release: Release = DARK, policy: Any = TESTED, now: Any = READY
) -> Smoke | None:
    return tests.result(release, policy, now, ENVIRONMENT, tree)


def settled(tests: SmokeTests) -> Smoke | None:
    """The result once the test that runs in the background has ended."""
    result(tests)
    wait([run.future for run in tests._runs.values()], timeout=30)
    return result(tests)


def test_a_tick_by_itself_waits_for_the_result_and_asks_once():
    examiner = Examiner(PASSED)
    tests = SmokeTests(examiner)
    assert [result(tests), result(tests)] == [PASSED, PASSED]
    (canary,) = examiner.asked
    assert canary == DarkCanary(ENVIRONMENT, "m", V2, tree(V2.revision))


@pytest.mark.parametrize(
    ("release", "policy", "now"),
    [
        (replace(DARK, canary=None), TESTED, READY),
        (replace(DARK, weight=5), TESTED, READY),
        (DARK, replace(TESTED, smoke=False), READY),
        (DARK, TESTED, None),
        (DARK, TESTED, replace(READY, ready=False)),
    ],
)
def test_nothing_is_asked_but_a_dark_canary_that_is_ready(release, policy, now):
    examiner = Examiner(PASSED)
    assert result(SmokeTests(examiner), release, policy, now) is None
    assert examiner.asked == []


def test_a_running_gate_does_not_wait_for_it():
    examiner = Examiner(PASSED)
    examiner.go.clear()
    tests = SmokeTests(examiner, in_background=True)
    assert [result(tests), result(tests)] == [None, None]
    examiner.go.set()
    assert settled(tests) == PASSED
    assert len(examiner.asked) == 1


@pytest.mark.parametrize(
    "other",
    [
        replace(DARK, canary=V3),
        replace(DARK, started=T0 + timedelta(seconds=1)),
        replace(DARK, model="n"),
    ],
)
def test_another_canary_and_one_that_was_started_again_are_asked_anew(other):
    examiner = Examiner(PASSED)
    tests = SmokeTests(examiner)
    result(tests)
    result(tests, other)
    assert len(examiner.asked) == 2


def test_one_canary_a_release_is_remembered():
    tests = SmokeTests(Examiner(PASSED))
    for seconds in range(50):
        result(tests, replace(DARK, started=T0 + timedelta(seconds=seconds)))
    assert len(tests._runs) == 1


def test_what_could_not_be_run_is_tried_again_after_a_while():
    now = [0.0]
    examiner = Examiner(NOT_RUN, PASSED)
    tests = SmokeTests(examiner, in_background=True, monotonic=lambda: now[0])
    assert settled(tests) == NOT_RUN
    now[0] = 4.9
    assert result(tests) == NOT_RUN
    assert len(examiner.asked) == 1
    now[0] = 5.0
    assert result(tests) == NOT_RUN  # and begins the second
    assert settled(tests) == PASSED
    assert len(examiner.asked) == 2


def test_the_pause_doubles_up_to_a_limit():
    now = [0.0]
    examiner = Examiner(NOT_RUN)
    tests = SmokeTests(examiner, in_background=True, monotonic=lambda: now[0])
    settled(tests)
    (run,) = tests._runs.values()
    pauses = []
    for attempts in range(1, 12):
        run.attempts = attempts
        pauses.append(run.pause)
    assert pauses[:4] == [5.0, 10.0, 20.0, 40.0]
    assert pauses[-1] == LATEST


def test_a_failure_is_final():
    examiner = Examiner(Smoke("failed", "wrong"), PASSED)
    tests = SmokeTests(examiner)
    result(tests)
    assert result(tests) == Smoke("failed", "wrong")


def test_a_test_that_crashes_was_not_run(caplog):
    smoke = result(SmokeTests(Examiner(RuntimeError("no such thing"))))
    assert smoke is not None
    assert smoke.verdict == "not_run"
    assert smoke.reason.startswith("it crashed (RuntimeError: no such thing)")
    assert "m in production: the smoke test crashed" in caplog.text


def test_a_program_without_a_smoke_test_passes_nothing():
    smoke = result(SmokeTests())
    assert smoke is not None
    assert smoke.verdict == "not_run"
    assert "`smoke: false`" in smoke.reason
