from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sluicegate.ci.report.rollout.weights import margin_factors, weight_after
from sluicegate.gate.core.decision import DecisionKind
from sluicegate.gate.core.evaluation import Evaluation


def at(weight: int, kind: DecisionKind, next_weight: int | None = None) -> Evaluation:
    return Evaluation(
        datetime(2026, 11, 21, tzinfo=UTC), 1000, weight, kind, "because", next_weight=next_weight
    )


ROLLOUT = [at(1, "wait"), at(1, "advance", 5), at(5, "wait"), at(5, "advance", 25), at(25, "finish")]


@pytest.mark.parametrize(
    ("evaluation", "expected"),
    [
        (at(5, "advance", 25), 25),
        (at(5, "advance"), 5),
        (at(5, "wait", 25), 5),
        (at(5, "hold", 25), 5),
        (at(5, "rollback", 25), 0),
        (at(50, "finish"), 100),
    ],
)
def test_the_weight_after_a_decision(evaluation: Evaluation, expected: int) -> None:
    assert weight_after(evaluation) == expected


def test_factors_are_those_of_the_next_weight_also_where_only_a_later_evaluation_names_it() -> None:
    assert margin_factors(ROLLOUT) == {0: 20, 1: 20, 2: 4, 3: 4, 4: 1}
    assert margin_factors(ROLLOUT[:3]) == {0: 20, 1: 20}


def test_the_weight_itself_is_not_a_next_weight() -> None:
    assert margin_factors([at(5, "wait", 5), at(5, "advance", 25)]) == {0: 4, 1: 4}
