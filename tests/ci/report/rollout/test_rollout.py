from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sluicegate.ci.report.rollout import render, summary_markdown
from sluicegate.gate.core.decision import DecisionKind, Figure, Interval, Judgement
from sluicegate.gate.core.evaluation import Evaluation

START = datetime(2026, 11, 21, 9, tzinfo=UTC)
NASTY = "</svg><script>alert(1)</script>\n/promote @octocat \x1b[31m | `x`"


def judgement(lower: float, upper: float, *, gate: str = "error_rate", **more: object) -> Judgement:
    settings = {
        "requests": 4000, "canary_requests": 200, "bad_canary": 1, "bad_stable": 2, "edge": None,
        "harmful": False, "non_inferior": False, "reason": f"{gate}: rate difference",
    }  # fmt: skip
    return Judgement(
        gate=gate,
        margin=0.01,
        tolerance=0.005,
        rate_difference=Interval(lower, upper),
        **{**settings, **more},
    )  # type: ignore[arg-type]


def evaluation(
    number: int,
    weight: int,
    kind: DecisionKind,
    upper: float,
    *,
    next_weight: int | None = None,
    **more: object,
) -> Evaluation:
    commit = None if kind == "wait" else f"{number:040x}"
    judged = judgement(-0.01, upper, **more)
    at = START + timedelta(seconds=number)
    return Evaluation(
        at, 1000 * number, weight, kind, f"production at {weight} %", (judged,), commit, next_weight
    )


@pytest.fixture
def finished() -> list[Evaluation]:
    return [
        evaluation(1, 1, "wait", math.inf),
        evaluation(2, 1, "advance", 0.15, next_weight=5),
        evaluation(3, 5, "wait", 0.05),
        evaluation(4, 5, "advance", 0.03, next_weight=25),
        evaluation(5, 25, "finish", 0.005, non_inferior=True),
    ]


def test_the_page_of_a_finished_rollout(finished: list[Evaluation]) -> None:
    page = render(finished, "flight-delay 1 → 2")
    assert "Finished: the new version serves all traffic, after 5,000 requests." in page
    assert page.count("<svg") == 1
    assert "1 → 5 %" in page
    assert "finish: 25 → 100 %" in page
    for evaluated in finished:
        assert (evaluated.commit or "")[:12] in page


def test_a_baseline_is_named_with_its_share(finished: list[Evaluation]) -> None:
    assert "a third track" not in render(finished)
    first, to_5, *_, to_25, last = finished
    beside = [
        replace(first, baseline=True, next_baseline=True),
        replace(to_5, baseline=True, next_baseline=True),
        replace(to_25, baseline=True),
        last,
    ]
    page = render(beside)
    assert "Beside the canary ran a third track, the baseline" in page
    assert "1 % + 1 % baseline → 5 % + 5 % baseline" in page
    assert "5 % + 5 % baseline → 25 %" in page
    assert "| 1 % + 1 % baseline |" in summary_markdown(beside)


def test_what_is_only_shown_is_beside_the_reason(finished: list[Evaluation]) -> None:
    figure = Figure("p95", "ms", 900, Interval(20, 50), Interval(10, 20), "p95 (shown): 20 .. 50 ms")
    *earlier, last = finished
    page = render([*earlier, replace(last, shown=(figure,))], "flight-delay 1 → 2")
    assert f"{last.reason}; p95 (shown): 20 .. 50 ms" in page


def test_pairs_are_no_requests_of_users() -> None:
    evaluations = [
        evaluation(1, 0, "rollback", 0.9, harmful=True, canary_requests=700, paired=True, next_weight=0)
    ]
    text = summary_markdown(evaluations, "flight-delay 2 → 3")
    assert "; 0 of them went to the new version." in text


def test_a_rollback_says_how_many_requests_the_new_version_answered() -> None:
    evaluations = [
        evaluation(1, 1, "wait", 1.0),
        evaluation(
            2, 1, "rollback", 0.9, harmful=True, canary_requests=23, next_weight=0, reason="error_rate: worse"
        ),
    ]
    page, text = (
        render(evaluations, "flight-delay 2 → 3"),
        summary_markdown(evaluations, "flight-delay 2 → 3"),
    )
    for rendered in (page, text):
        assert "Rolled back at 1 %, after 2,000 requests; 23 of them went to the new version." in rendered
    assert "rollback: 1 → 0 %" in page
    assert "var(--bad)" in page[page.index("<svg") :]


def test_the_summary_lists_decisions_newest_first(finished: list[Evaluation]) -> None:
    rows = [line for line in summary_markdown(finished).splitlines() if line.startswith("| ")][2:]
    assert [re.findall(r"advance|finish|wait", row)[0] for row in rows] == ["finish", "advance", "advance"]


def test_one_evaluation_and_none() -> None:
    assert "has not evaluated" in render([])
    assert "has not evaluated" in summary_markdown([])
    assert "<svg" in render([evaluation(1, 1, "wait", 0.5)])


def test_an_evaluation_without_figures() -> None:
    dark = Evaluation(START, 0, 0, "advance", "starts dark", commit="a" * 40, next_weight=1)
    assert "starts dark" in render([dark])
    unknown = Evaluation(START, 0, 1, "wait", "no data", (judgement(-math.inf, math.inf),))
    assert "<svg" in render([dark, unknown])


def test_two_sided_gates_have_two_margins() -> None:
    one = render([evaluation(1, 1, "wait", 0.5, next_weight=5)])
    two = render([evaluation(1, 1, "wait", 0.5, next_weight=5, edge=3)])
    assert two.count("stroke-dasharray") == one.count("stroke-dasharray") + 1


def test_hostile_text_is_text() -> None:
    evaluations = [
        Evaluation(
            START,
            10,
            1,
            "rollback",
            NASTY,
            (judgement(0.1, 0.9, gate=NASTY, harmful=True, reason=NASTY),),
            NASTY,
        )
    ]
    page, text = render(evaluations, NASTY), summary_markdown(evaluations, NASTY)
    assert "<script" not in page
    assert "<script" not in text
    assert "\x1b" not in page + text
    assert not re.search(r"@\w", text)
    assert not re.search(r"^\s*/", text, re.MULTILINE)


def test_a_long_rollout_stays_small() -> None:
    evaluations = [evaluation(i, 5, "hold", 0.5) for i in range(1, 3_000)]
    assert len(summary_markdown(evaluations)) <= 60_000
    assert len(render(evaluations)) < 600_000


def test_an_evaluation_without_an_upper_bound_is_a_cross_and_not_a_spike(finished: list[Evaluation]) -> None:
    """Only the first evaluation has no upper end; without it no cross is drawn."""
    assert "A cross is an evaluation" in render(finished)
    with_cross, without = render(finished), render(finished[1:])
    assert with_cross.count("<use ") == without.count("<use ") + 1


def test_finishing_at_100_changes_no_weight() -> None:
    page = render([evaluation(1, 100, "finish", 0.001)])
    assert ">finish</text>" in page
