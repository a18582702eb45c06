import io
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sluicegate.ci.commands._gate_output import RunOutput, sentences
from sluicegate.gate.core.decision import Decision, Figure, Interval, Judgement
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.specs.release import Release, Version

AT = datetime(2026, 3, 1, tzinfo=UTC)
ONE = Version(1, "a" * 40, "sha256:1")
TWO = Version(2, "b" * 40, "sha256:2")
RUNNING = Release("m", "dev", stable=ONE, canary=TWO, weight=5)
NEXT = Release("m", "dev", stable=ONE, canary=TWO, weight=50)


def judgement(harm: bool, proven: bool) -> Judgement:
    return Judgement(
        "error_rate", 0.01, 0.005, 2000, 100, 3, 40, Interval(-0.01, 0.02), None, harm, proven, "so"
    )


def outcome(after: Release = RUNNING, *judgements: Judgement, **more) -> Outcome:
    kind = "wait" if after == RUNNING else "advance"
    return Outcome("dev", "m", AT, Decision(kind, "5 % -> 50 %", RUNNING, after, judgements), **more)


@pytest.mark.parametrize(
    ("given", "headline"),
    [
        (outcome(), "m in dev: wait"),
        (outcome(NEXT), "m in dev: advance, not written"),
        (outcome(NEXT, commit="0123456789abcdef" * 2), "m in dev: advance, commit 0123456789ab"),
        (Outcome("dev", "m", AT, problem="x"), "m in dev: cannot be judged"),
    ],
)
def test_the_first_line_says_what_was_decided_and_whether_it_was_written(given: Outcome, headline: str):
    assert next(sentences(given)) == headline


@pytest.mark.parametrize(
    ("harm", "proven", "verdict"),
    [(True, False, "harmful"), (False, True, "non-inferior"), (False, False, "undecided")],
)
def test_each_gate_has_its_counts_and_its_verdict(harm: bool, proven: bool, verdict: str):
    *_, line = sentences(outcome(NEXT, judgement(harm, proven)))
    assert line.startswith("  error_rate: ")
    assert line.endswith(
        "-1 % .. 2 % over 2,000 requests (100 on canary; failures: 3 on canary, 40 on stable), "
        f"margin 1 %: {verdict}"
    )


def test_where_nothing_is_compared_its_own_words_say_so():
    alone = replace(
        judgement(harm=False, proven=True), rate_difference=Interval(), reason="error_rate: alone"
    )
    *_, line = sentences(outcome(NEXT, alone))
    assert line == "  error_rate: alone"


def test_what_the_canary_was_compared_with_is_named():
    *_, line = sentences(outcome(NEXT, replace(judgement(False, True), against="baseline")))
    assert "rate difference (canary - baseline) -1 % .. 2 %" in line
    assert "3 on canary, 40 on baseline" in line


def test_pairs_of_answers_have_their_own_words():
    pairs = replace(judgement(False, True), gate="shadow", paired=True, rate_difference=Interval(0.0, 0.004))
    *_, line = sentences(outcome(NEXT, pairs))
    assert (
        line == "  shadow: different answers 0 % .. 0.4 % of 2,000 pairs (3 differ), margin 1 %: non-inferior"
    )


def test_what_is_shown_comes_after_the_gates():
    figure = Figure("p95", "ms", 900, Interval(20, 50), Interval(10, 20), "p95 (shown): 20 .. 50 ms")
    given = outcome(NEXT, judgement(False, True))
    *_, line = sentences(replace(given, decision=replace(given.decision, shown=(figure,))))
    assert line == "  p95 (shown): 20 .. 50 ms"


def test_a_problem_is_shown_without_control_characters():
    assert list(sentences(Outcome("dev", "m", AT, problem="a\x1b[2Jb"))) == [
        "m in dev: cannot be judged",
        "  problem: ab",
    ]


def test_a_refresh_that_failed_is_shown():
    failure = "Argo CD was not asked to refresh, it polls: forbidden"
    assert f"  {failure}" in list(sentences(Outcome("dev", "m", AT, refresh=failure)))
    assert not [line for line in sentences(Outcome("dev", "m", AT)) if "Argo CD" in line]


def test_a_run_prints_each_commit_and_a_problem_once_while_it_stays(capsys: pytest.CaptureFixture[str]):
    output = RunOutput(as_json=False)
    problem = Outcome("dev", "m", AT, problem="unreadable")
    for given in (outcome(), outcome(NEXT, commit="c" * 40), problem, problem, outcome(), outcome()):
        output.show(given)
    printed = [line for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]
    assert printed == [
        f"m in dev: advance, commit {'c' * 12}",
        "m in dev: cannot be judged",
        "m in dev: wait",
    ]


def test_a_run_keeps_every_evaluation_as_a_json_line(capsys: pytest.CaptureFixture[str]):
    kept = io.StringIO()
    output = RunOutput(as_json=True, evaluations=kept)
    output.show(outcome())
    output.show(outcome(NEXT, commit="c" * 40))
    assert [json.loads(line)["decision"] for line in kept.getvalue().splitlines()] == ["wait", "advance"]
    (printed,) = capsys.readouterr().out.splitlines()
    assert json.loads(printed)["commit"] == "c" * 40
