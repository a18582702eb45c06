from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

from sluicegate.ci.report.rollout.gate_plots import plots
from sluicegate.gate.core.decision import DecisionKind, Interval, Judgement
from sluicegate.gate.core.evaluation import Evaluation


def judgement(gate: str, upper: float) -> Judgement:
    return Judgement(
        gate, 0.01, 0.005, 4000, 200, 1, 2, Interval(-0.01, upper), None, False, False, f"{gate}: open"
    )


def at(requests: int, weight: int, kind: DecisionKind, *judgements: Judgement) -> Evaluation:
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    return Evaluation(moment, requests, weight, kind, "because", judgements)


def test_each_gate_has_one_plot_with_its_last_reason_as_caption() -> None:
    drawn = plots(
        [
            at(1000, 1, "wait", judgement("error_rate", 0.5)),
            at(2000, 1, "wait", judgement("error_rate", 0.3), judgement("slow_requests", 0.2)),
        ]
    )
    assert [(plot["gate"], plot["caption"]) for plot in drawn] == [
        ("error_rate", "error_rate: open"),
        ("slow_requests", "slow_requests: open"),
    ]
    assert all(plot["svg"].startswith("<svg") for plot in drawn)


def test_the_axes_have_the_words_of_the_field() -> None:
    (drawn,) = plots([at(1000, 1, "wait", judgement("error_rate", 0.5))])
    assert ">rate difference</text>" in drawn["svg"]
    assert ">requests on both tracks</text>" in drawn["svg"]


def test_a_comparison_with_a_baseline_is_named() -> None:
    (drawn,) = plots([at(1000, 1, "wait", replace(judgement("slow", 0.5), against="baseline"))])
    assert "slow: rate difference (canary - baseline)" in drawn["svg"]


def test_pairs_of_answers_are_a_share_with_the_margin_at_every_weight() -> None:
    pairs = replace(judgement("shadow", 0.004), rate_difference=Interval(0.0, 0.004), paired=True)
    (drawn,) = plots([at(500, 0, "advance", pairs), at(1000, 1, "wait", pairs)])
    assert ">different answers</text>" in drawn["svg"]
    assert "shadow: different answers 0 % .. 0.4 %" in drawn["svg"]
    assert "rate difference" not in drawn["svg"]


def test_changes_of_the_weight_are_labelled() -> None:
    (drawn,) = plots(
        [
            at(1000, 1, "advance", judgement("error_rate", 0.1)),
            at(9000, 5, "finish", judgement("error_rate", 0.001)),
        ]
    )
    assert "1 → 5 %" in drawn["svg"] and "finish: 5 → 100 %" in drawn["svg"]


def test_an_interval_open_at_both_ends_is_drawn() -> None:
    unknown = Judgement(
        "error_rate", 0.01, 0.005, 0, 0, 0, 0, Interval(-math.inf, math.inf), None, False, False, "?"
    )
    (drawn,) = plots([at(0, 1, "wait", unknown)])
    assert drawn["svg"].startswith("<svg")


def test_nothing_evaluated_is_nothing_drawn() -> None:
    assert plots([]) == []
