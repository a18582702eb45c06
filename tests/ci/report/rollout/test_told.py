"""What is told of releases: folded from news, kept in the comment, read again without trust."""

from __future__ import annotations

import json

import pytest
from support.announcements import announcement

from sluicegate.ci.report.rollout.told import MOST_DECISIONS, fold, plain, read

KEY = "production/m"
COMMIT = "1" * 40


def test_every_decision_is_kept_and_the_newest_state() -> None:
    news = [
        announcement(commit=COMMIT, kind="advance", weight=5, before=1),
        announcement(after=30, commit="2" * 40, kind="advance", weight=25, before=5),
        announcement(after=60, weight=25, requests=9000),
    ]
    told = fold({}, news)[KEY]
    assert [(one.before, one.after) for one in told.decisions] == [(1, 5), (5, 25)]
    assert (told.weight, told.requests, told.step) == (25, 9000, 3)


def test_the_same_news_twice_change_nothing() -> None:
    news = [announcement(commit=COMMIT, kind="advance")]
    once = fold({}, news)
    assert fold(once, news) == once


def test_the_plot_of_the_last_decision_stays() -> None:
    first = announcement(commit=COMMIT, evidence="e" * 40, picture="p.svg")
    told = fold({}, [first, announcement(after=120)])[KEY]
    assert (told.evidence, told.picture) == ("e" * 40, "p.svg")


def test_a_reminder_of_an_end_keeps_the_reason_that_was_told() -> None:
    ended = announcement("rolled back", commit=COMMIT, kind="rollback", reason="it was harmful")
    before = fold({}, [ended])
    assert fold(before, [announcement("rolled back", 60, reason="nothing to do")]) == before


def test_a_reminder_ends_what_was_told_to_run() -> None:
    before = fold({}, [announcement()])
    assert fold(before, [announcement("stable", 60, weight=100)])[KEY].stage == "stable"


def test_decisions_beyond_the_limit_are_counted() -> None:
    news = [announcement(after=n, commit=f"{n:040}") for n in range(MOST_DECISIONS + 3)]
    told = fold({}, news)[KEY]
    assert len(told.decisions) == MOST_DECISIONS
    assert told.dropped == 3


def test_what_is_kept_is_read_again() -> None:
    told = fold({}, [announcement(commit=COMMIT, by="Olga", kind="hold"), announcement(environment="dev")])
    assert read(json.loads(json.dumps(plain(told)))) == told


@pytest.mark.parametrize(
    "change",
    [{"weight": "5"}, {"stage": "<b>"}, {"at": "yesterday"}, {"at": "2024-06-01T12:00:00"}, {"gates": [{}]},
     {"strange": 1}, {"decisions": [{"at": 1}]}, {"version": None}],
)  # fmt: skip
def test_what_was_edited_by_hand_is_left_out(change: dict[str, object]) -> None:
    (value,) = plain(fold({}, [announcement()]))
    assert read([value | change, "nonsense", None]) == {}


def test_nonsense_is_nothing() -> None:
    assert read(None) == read({"a": 1}) == read("text") == {}
