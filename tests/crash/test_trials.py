"""A short run of `make crash`: the gate killed in mid-tick, and that the harness would see it fail."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from support.repositories import git

from crash.nursery import Kill, Nursery
from crash.report import Report, Row
from crash.stage import Stage
from crash.trials import RESUME, run, side_by_side, trial

KILLS = 40
SECONDS = 60.0
"""After which no further tick is killed, on a machine that is busy with others."""


def test_nothing_is_lost_doubled_or_left_over(tmp_path: Path):
    report = Report()
    run(KILLS, random.randrange(10**6), tmp_path, report, seconds=SECONDS)
    assert report.problems == [], report.table()
    total = report.total
    assert total.kills > 0 and (total.lost, total.doubled, total.leftovers) == (0, 0, 0)


def test_gates_that_are_killed_side_by_side_are_reported_together():
    report = side_by_side(3, 1, 2, RESUME, SECONDS)
    assert report.total.kills >= 3 and report.problems == [], report.table()


def test_what_two_reports_have_seen_is_added_up():
    one = Report({"alone": Row(kills=2, slowest=1.0)}, ["lost"])
    other = Report({"alone": Row(kills=1, slowest=3.0), "with git": Row(kills=1)}, ["doubled"])
    both = one + other
    assert both.rows == {"alone": Row(kills=3, slowest=3.0), "with git": Row(kills=1)}
    assert (both.total.kills, both.problems) == (4, ["lost", "doubled"])
    assert one.rows == {"alone": Row(kills=2, slowest=1.0)}


@pytest.fixture
def stage(tmp_path: Path):
    nursery = Nursery()
    stage = Stage(tmp_path, nursery, kept=True)
    yield stage
    stage.close()
    nursery.close()


def test_a_copy_is_left_over_and_what_python_tries_a_folder_with_is_not(stage: Stage):
    (stage.temporary / "ne69bfbl").write_bytes(b"blat")
    (stage.temporary / "sluice-repository-1-x").mkdir()
    assert stage.leftovers() == ["sluice-repository-1-x"]


@pytest.mark.parametrize(
    "kill",
    [
        Kill("before", True, command="push"),
        Kill("after", False, command="push"),
        Kill("before", False, request=1),
        Kill("after", True, request=1),
    ],
    ids=["before the push", "after the push", "before an answer", "after an answer"],
)
def test_a_tick_is_killed_where_it_was_planned(stage: Stage, kill: Kill):
    if kill.request:
        while "0 -> 0" in {one.weight for one in stage.next()}:
            stage.tick()
    report = Report()
    trial(stage, [kill], report, RESUME)
    assert report.problems == []
    assert report.total.kills == 1


def test_a_decision_that_is_lost_or_doubled_is_seen(stage: Stage):
    due = stage.next()
    stage.tick()
    decided = stage.ledger.read()
    assert sorted(decided, key=str) == sorted(due, key=str)
    # A second record and commit of one decision, as a gate that repeated its push would write them.
    git("worktree", "add", "--quiet", str(stage.folder / "work"), "main", cwd=stage.bare)
    message = git("log", "-1", "--format=%B", "main", cwd=stage.bare)
    git("commit", "--quiet", "--allow-empty", "-m", message, cwd=stage.folder / "work")
    stage.ledger.read()
    problems = "\n".join(stage.ledger.problems)
    assert "doubled" in problems and "was not decided from the state that it follows" in problems


def test_a_history_that_was_set_back_is_seen(stage: Stage):
    stage.next()
    stage.tick()
    stage.ledger.read()
    git("update-ref", "refs/heads/main", "main~1", cwd=stage.bare)
    stage.ledger.read()
    assert "main was rewritten" in stage.ledger.problems
