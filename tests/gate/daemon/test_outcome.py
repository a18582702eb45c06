from dataclasses import replace
from datetime import UTC, datetime

import pytest
from support.releases import reading, windows

from sluicegate.gate.core.commands import Command
from sluicegate.gate.core.decision import Decision, Interval, Judgement, Observations
from sluicegate.gate.core.judged import Judged
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.specs.release import Hold, Release, Step, Traffic, Version

AT = datetime(2026, 3, 1, tzinfo=UTC)
ONE = Version(1, "a" * 40, "sha256:1")
TWO = Version(2, "b" * 40, "sha256:2")
STABLE = Release("m", "dev", stable=ONE)
RUNNING = Release("m", "dev", stable=ONE, canary=TWO, weight=5)
HELD = replace(RUNNING, hold=Hold(AT, "x"))


def outcome(before: Release, after: Release | None = None, **more) -> Outcome:
    judgements = more.pop("judgements", ())
    decision = Decision("advance" if after else "wait", "so", before, after or before, judgements)
    return Outcome("dev", "m", AT, decision, **more)


@pytest.mark.parametrize(
    ("given", "idle"),
    [
        (outcome(STABLE), True),
        (outcome(STABLE, RUNNING), False),
        (outcome(RUNNING), False),
        (outcome(HELD), True),
        (outcome(STABLE, observations=Observations(judged=Judged("none", "no verdict"))), True),
        (outcome(STABLE, observations=Observations(judged=Judged("none", "asked", asking=True))), False),
        (Outcome("dev", "m", AT, problem="unreadable"), True),
        (Outcome("dev", "m", AT, problem="a fault", crashed=True), False),
    ],
)
def test_it_is_idle_where_only_a_person_can_go_on(given: Outcome, idle: bool):
    assert given.idle == idle


AT_REST = Observations(candidate=ONE)


@pytest.mark.parametrize(
    ("given", "settled"),
    [
        (outcome(STABLE, observations=AT_REST), True),
        (outcome(Release("m", "dev"), observations=Observations()), True),
        (outcome(STABLE, observations=Observations(candidate=TWO)), False),
        (outcome(Release("m", "dev"), observations=AT_REST), False),
        (outcome(RUNNING, observations=AT_REST), False),
        (outcome(HELD, observations=AT_REST), False),
        (outcome(STABLE, RUNNING, observations=AT_REST), False),
        (outcome(STABLE, observations=AT_REST, problem="unreadable"), False),
        (outcome(STABLE, observations=AT_REST, command=Command("hold", "x")), False),
        (outcome(STABLE), False),
        (Outcome("dev", "m", AT, problem="unreadable"), False),
    ],
)
def test_it_is_settled_where_neither_time_nor_figures_can_change_it(given: Outcome, settled: bool):
    assert given.settled == settled


@pytest.mark.parametrize(
    ("given", "moves"),
    [
        (outcome(RUNNING, replace(RUNNING, weight=50)), True),
        (outcome(STABLE, replace(STABLE, canary=TWO)), True),
        (outcome(RUNNING, replace(RUNNING, canary=None, stable=TWO)), True),
        (outcome(RUNNING, HELD), False),
        (outcome(RUNNING), False),
        (Outcome("dev", "m", AT, problem="unreadable"), False),
    ],
)
def test_traffic_moves_with_the_tracks_and_the_weight(given: Outcome, moves: bool):
    assert given.moves_traffic == moves


def test_requests_are_those_of_the_closed_steps_and_of_the_running_one():
    before = replace(RUNNING, counts=(Step(1, Traffic(10, 990), {}), Step(2, Traffic(20, 980), {})))
    observations = Observations(reading=reading(5, windows(2, 5, 95)))
    assert outcome(before, observations=observations).requests == Traffic(35, 2065)
    assert outcome(before).requests == Traffic(30, 1970)
    assert Outcome("dev", "m", AT).requests == Traffic(0, 0)


def test_as_json_it_keeps_every_field():
    judgement = Judgement(
        "error_rate", 0.01, 0.005, 100, 50, 1, 1, Interval(-0.01, 0.02), None, False, True, "so"
    )
    advanced = outcome(RUNNING, replace(RUNNING, weight=50), commit="c" * 40, judgements=(judgement,))
    values = advanced.plain()
    assert list(values) == [
        "environment",
        "model",
        "at",
        "problem",
        "commit",
        "refresh",
        "decision",
        "reason",
        "commits",
        "version",
        "weight",
        "next_weight",
        "requests",
        "judgements",
        "shown",
        "overruled",
    ]
    assert (values["decision"], values["commits"], values["version"]) == ("advance", True, 2)
    assert (values["weight"], values["next_weight"]) == (5, 50)
    assert values["at"] == "2026-03-01T00:00:00+00:00"
    assert {"gate", "margin", "excess", "proven", "harm"} <= set(values["judgements"][0])


def test_a_problem_as_json_has_no_decision():
    assert Outcome("dev", "m", AT, problem="unreadable").plain() == {
        "environment": "dev",
        "model": "m",
        "at": "2026-03-01T00:00:00+00:00",
        "problem": "unreadable",
        "commit": None,
        "refresh": None,
    }
