"""Announcers are told beside the ticks: bounded, newest wins, and again after a failure."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest
from support.announcements import announcement
from support.clock import ManualClock
from support.gate_scene import Scene

from sluicegate.gate.daemon.announce import Announcement
from sluicegate.gate.daemon.announcing import (
    LATEST,
    MOST_NEWS,
    MOST_RELEASES,
    SOONEST,
    Announcements,
    Waiting,
    tell_now,
)
from sluicegate.gate.daemon.outcome import Outcome


class Listener:
    """An announcer that keeps what it is told; it waits for `go`, and fails while `broken`."""

    name = "listener"

    def __init__(self, every: float = 0.0) -> None:
        self.every = every
        self.calls: list[list[Announcement]] = []
        self.go = threading.Event()
        self.go.set()
        self.broken = False

    def announce(self, news: Sequence[Announcement]) -> None:
        assert self.go.wait(30)
        if self.broken:
            raise OSError("no route to https://bot:abc123secret@forge.example")
        self.calls.append(list(news))


def reasons(news: Sequence[Announcement]) -> list[str]:
    return [one.evaluation.reason for one in news]


def test_of_evaluations_the_newest_waits_and_of_decisions_every_one() -> None:
    waiting = Waiting(60.0)
    for reason, commit in (("a", None), ("b", "1" * 40), ("c", "2" * 40), ("d", None), ("e", None)):
        waiting.put(announcement(reason=reason, commit=commit))
    taken = waiting.take(0.0)
    assert taken is not None
    assert reasons(taken[1]) == ["b", "c", "e"]


def test_the_next_call_about_a_release_comes_after_the_pause_and_another_one_at_once() -> None:
    waiting = Waiting(60.0)
    waiting.put(announcement())
    key, _ = waiting.take(0.0) or pytest.fail("nothing to take")
    waiting.told(key, 0.0)
    waiting.put(announcement())
    assert waiting.take(59.0) is None
    assert waiting.wait(59.0) == 1.0
    waiting.put(announcement(environment="staging"))
    assert waiting.take(59.0) is not None
    assert waiting.take(60.0) is not None
    assert waiting.wait(60.0) is None


def test_what_waits_is_bounded() -> None:
    waiting = Waiting(0.0)
    dropped = [waiting.put(announcement(reason=str(n), commit="1" * 40)) for n in range(MOST_NEWS + 2)]
    assert sum(dropped) == 2
    assert reasons(waiting.take(0.0)[1])[0] == "2"
    assert sum(waiting.put(announcement(model=f"m{n}")) for n in range(MOST_RELEASES + 3)) == 3
    assert len(waiting.news) == MOST_RELEASES


def test_news_that_could_not_be_told_come_again_before_newer_ones_and_later_each_time() -> None:
    waiting = Waiting(0.0)
    waiting.put(announcement(reason="decided", commit="1" * 40))
    pauses = []
    now = 0.0
    for _ in range(9):
        key, news = waiting.take(now) or pytest.fail("nothing to take")
        waiting.failed(key, news, now)
        pauses.append(waiting.wait(now))
        now += waiting.wait(now)
    assert pauses[:3] == [SOONEST, 2 * SOONEST, 4 * SOONEST]
    assert pauses[-1] == LATEST
    waiting.put(announcement(reason="newer"))
    assert reasons(waiting.take(now)[1]) == ["decided", "newer"]


def test_no_tick_waits_for_an_announcer(scene: Scene) -> None:
    """The announcer hangs until everything is decided; it is told then, in few words."""
    scene.release_version_1()
    scene.merge_version(2)
    listener = Listener()
    listener.go.clear()
    announcements = Announcements([listener])
    for _ in range(40):
        outcome = scene.tick_one()
        announcements.tell(outcome)
        if scene.release().canary is None and outcome.kind == "finish":
            break
    assert listener.calls == []
    listener.go.set()
    announcements.close()
    assert listener.calls[-1][-1].stage == "stable"
    assert len(listener.calls) <= 2
    weights = [one.weight for call in listener.calls for one in call if one.decided]
    assert weights == [0, *outcome_steps(outcome)]


def outcome_steps(outcome: Outcome) -> list[int]:
    assert outcome.policy is not None
    return [*(step for step in outcome.policy.steps if step < 100), 100, 100]


def test_a_failure_is_counted_and_logged_without_secrets(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.release_version_1()
    scene.merge_version(2)
    listener = Listener()
    listener.broken = True
    counted: list[tuple[str, str, int]] = []
    announcements = Announcements([listener], monotonic=ManualClock(), count=lambda *one: counted.append(one))
    announcements.tell(scene.tick_one())
    announcements.close()
    assert ("listener", "failed", 1) in counted
    assert "could not be told" in caplog.text
    assert "abc123secret" not in caplog.text


def test_an_outcome_that_is_remembered_is_told_once_and_an_end_is_not_repeated(scene: Scene) -> None:
    scene.merge_version(1)
    scene.tick_until_stable(1)
    listener = Listener()
    announcements = Announcements([listener])
    first = scene.tick_one()
    for outcome in (first, first, replace(first)):
        announcements.tell(outcome)
    announcements.close()
    assert [one.stage for call in listener.calls for one in call] == ["stable"]


def test_a_single_tick_waits_and_says_what_could_not_be_told(scene: Scene) -> None:
    scene.release_version_1()
    scene.merge_version(2)
    good = Listener()
    bad = Listener()
    bad.broken = True
    (failure,) = tell_now([bad, good], scene.tick())
    assert failure.startswith("listener: m in production could not be told: no route")
    assert len(good.calls) == 1
