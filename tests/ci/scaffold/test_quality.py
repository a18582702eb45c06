"""The first rules of `quality`, from what was measured."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import yaml
from pydantic import TypeAdapter

from sluicegate.ci.scaffold.quality import Measured, doubts, quality_lines
from sluicegate.specs.model import Task
from sluicegate.validators.evaluation.estimates import Estimate, clopper_pearson, tango
from sluicegate.validators.evaluation.first_figure import FIRST_METRICS
from sluicegate.validators.evaluation.quality_rule import section


def rules(task: str, figure: Estimate | None) -> list[str]:
    """The rules as validation reads them, in words."""
    read = yaml.safe_load("\n".join(quality_lines(task, figure)))
    return [str(rule) for rule in TypeAdapter(section()).validate_python(read["quality"])]


@pytest.mark.parametrize("task", get_args(Task))
@pytest.mark.parametrize("figure", [None, Estimate(0.8, 0.75, 0.85)], ids=["not measured", "measured"])
def test_each_task_has_a_rule_about_a_metric_of_its_own(task, figure) -> None:
    *_, against = rules(task, figure)
    assert "not worse than production" in against
    assert task in FIRST_METRICS


@pytest.mark.parametrize(
    ("task", "figure", "level", "margin"),
    [
        ("binary-classification", Estimate(0.9687, 0.9576, 0.9798), "at least 0.947", "0.02"),
        ("multiclass-classification", Estimate(1.0, 0.9931, 1.0), "at least 0.9901", "0.006"),
        ("regression", Estimate(1520.0, 1400.0, 1660.0), "at most 1760", "200"),
        ("forecasting", Estimate(0.0031, 0.003, 0.0034), "at most 0.0036", "0.0004"),
    ],
)
def test_the_margin_is_the_intervals_width_and_the_level_half_of_it_beyond_its_end(
    task, figure, level, margin
) -> None:
    metric = FIRST_METRICS[task]
    assert rules(task, figure) == [f"{metric} {level}", f"{metric} not worse than production by {margin}"]
    assert f"{metric} on the evaluation rows is {figure.value:.4g} (" in quality_lines(task, figure)[0]


def test_a_level_that_any_model_has_is_left_out() -> None:
    assert rules("ranking", Estimate(0.2, 0.1, 0.35)) == ["ndcg (k 10) not worse than production by 0.2"]


def test_a_figure_without_width_has_a_margin_all_the_same() -> None:
    assert rules("regression", Estimate(0.0, 0.0, 0.0)) == [
        "mae at most 0.01",
        "mae not worse than production by 0.01",
    ]


def test_without_a_figure_no_margin_is_in_the_targets_unit() -> None:
    assert rules("regression", None) == ["r2 not worse than production by 0.01"]


def test_a_version_that_is_as_good_passes_the_default_margin_though_it_errs_on_other_rows() -> None:
    """400 rows, right on 9 of 10, half of the errors common: half the width lets 108 of 200 pass."""
    random = np.random.default_rng(0)
    passes = 0
    for _ in range(200):
        hard = random.random(400)
        old, new = (np.where(random.random(400) < 0.7, hard, random.random(400)) > 0.1 for _ in range(2))
        figure = clopper_pearson(int(old.sum()), 400, 0.95)
        read = yaml.safe_load("\n".join(quality_lines("multiclass-classification", figure)))
        gap = tango(int((new & ~old).sum()), int((old & ~new).sum()), 400, 0.95)
        passes += gap.lower >= -read["quality"][-1]["margin"]
    assert passes >= 180


def test_a_figure_that_contradicts_the_graph_or_the_labels_is_doubted() -> None:
    sound = Measured(Estimate(0.97, 0.95, 0.99), "label", 0.002)
    assert list(doubts("binary-classification", (), sound)) == []
    turned = Measured(Estimate(0.03, 0.01, 0.05), "label", 0.4)
    of_the_class, of_the_score = doubts("binary-classification", ("good", "bad"), turned)
    assert of_the_class.startswith("in 40% of the rows the evaluated class is not the one that 'label' says")
    assert "low where the label is bad. If it means good, write --classes bad,good" in of_the_score
