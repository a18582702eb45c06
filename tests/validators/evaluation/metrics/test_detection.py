"""Boxes: matched and summed up by brute force as COCO's evaluation has it (checked against pycocotools)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.judged import metric, pictures

from sluicegate.validators.evaluation.metrics import average_precision
from sluicegate.validators.evaluation.predictions import Predictions


def overlap(one, other) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    both = max(width, 0) * max(height, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return both / (sum(areas) - both)


def matched(judged: Predictions, iou: float) -> list[tuple[float, float, bool]]:
    """Score, class and whether it is right of each box found."""
    result = []
    for found, truth in zip(judged.values, judged.labels, strict=True):
        left = [box for box in truth if box[4] >= 0]
        for box in sorted((box for box in found if box[5] >= 0), key=lambda box: -box[4]):
            fitting = [one for one in left if one[4] == box[5] and overlap(one, box) >= iou]
            best = max(fitting, key=lambda one: overlap(one, box), default=None)
            if best is not None:
                left = [one for one in left if one is not best]
            result.append((box[4], box[5], best is not None))
    return result


def area(judged: Predictions, iou: float) -> float:
    """The mean over classes of the best precision at 101 recalls."""
    areas = []
    boxes = sorted(matched(judged, iou), key=lambda box: -box[0])
    for kind in (0, 1):
        total = (judged.labels[:, :, 4] == kind).sum()
        curve, right = [], 0
        for count, hit in enumerate((box[2] for box in boxes if box[1] == kind), start=1):
            right += hit
            curve.append((right / total, right / count))
        read = [
            max((precision for recall, precision in curve if recall >= at - 1e-12), default=0)
            for at in np.linspace(0, 1, 101)
        ]
        areas.append(np.mean(read))
    return float(np.mean(areas))


@pytest.mark.parametrize("iou", [0.5, 0.75])
@pytest.mark.parametrize("seed", range(2))
def test_the_figures_are_those_of_brute_force(seed, iou) -> None:
    one, _ = pictures(np.random.default_rng(seed), 80)
    sure = [right for score, _, right in matched(one, iou) if score >= 0.5]
    true = int((one.labels[:, :, 4] >= 0).sum())
    assert metric("box_precision", iou=iou).estimate(one).value == pytest.approx(sum(sure) / len(sure))
    assert metric("box_recall", iou=iou).estimate(one).value == pytest.approx(sum(sure) / true)
    assert metric("average_precision", iou=iou).estimate(one).value == pytest.approx(area(one, iou))


def test_the_order_of_boxes_in_an_image_changes_nothing() -> None:
    one, _ = pictures(np.random.default_rng(5), 60)
    turned = replace(one, values=one.values[:, ::-1], labels=one.labels[:, ::-1])
    assert metric("average_precision").estimate(turned).value == pytest.approx(
        metric("average_precision").estimate(one).value
    )


def test_a_second_box_on_the_same_thing_is_wrong() -> None:
    labels = np.array([[[0, 0, 10, 10, 0]]] * 20, float)
    twice = np.array([[[0, 0, 10, 10, 0.9, 0], [0, 0, 10, 9, 0.8, 0]]] * 20)
    assert metric("box_precision").estimate(Predictions(labels, values=twice)).value == 0.5
    assert metric("box_recall").estimate(Predictions(labels, values=twice)).value == 1


def test_the_influence_of_an_image_is_what_a_little_more_of_it_changes(monkeypatch) -> None:
    """Read at many recalls, for at 101 it moves in steps."""
    monkeypatch.setattr(average_precision, "RECALLS", np.linspace(0, 1, 20_001))
    one, _ = pictures(np.random.default_rng(7), 200)
    judge = metric("average_precision")
    found = judge.influenced(one)
    moved = [
        judge.influenced(one.at(np.r_[np.arange(200), image])).value - found.value for image in range(60)
    ]
    assert np.corrcoef(moved, found.influence[:60])[0, 1] > 0.98
    assert np.polyfit(found.influence[:60], np.array(moved) * 201, 1)[0] == pytest.approx(1, abs=0.05)
