"""Detectors by real graphs: as many boxes as an image has, none included."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support.judged import metric
from support.kinds import detector, detector_spec

from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.labels import read_labels
from sluicegate.validators.evaluation.predictions import Predictions
from sluicegate.validators.evaluation.rows import Rows, predict

BOX = [0.0, 0.0, 10.0, 10.0]
NONE = [0.0, 0.0, 1.0, 1.0, 0.1]


def judged(images, boxes, kinds, form="xyxy") -> Predictions:
    spec = detector_spec(form)
    frame = pd.DataFrame({"x": images, "boxes": boxes, "kinds": kinds})
    return predict(detector(), spec, Rows("e", frame, read_labels(frame, spec, "e.parquet")))


def test_an_image_without_a_box_found_is_no_error_and_misses_what_is_there() -> None:
    images = [[[*BOX, 0.9], NONE, NONE], [NONE, NONE, NONE]] * 10
    found = judged(images, [[BOX], [BOX]] * 10, [[1], [1]] * 10)
    assert found.values.shape == (20, 1, 6)
    assert found.values[0].tolist() == [[*BOX, pytest.approx(0.9), 1]]
    assert found.values[1, 0, -1] == -1
    assert metric("box_recall").estimate(found).value == 0.5
    assert metric("box_precision").estimate(found).value == 1
    assert metric("average_precision").estimate(found).value == pytest.approx(51 / 101)


def test_where_nothing_is_found_at_all_recall_is_0_and_precision_says_so() -> None:
    found = judged([[NONE] * 3] * 12, [[BOX]] * 12, [[1]] * 12)
    recall = metric("box_recall").estimate(found)
    assert (recall.value, recall.lower) == (0, 0)
    assert 0.2 < recall.upper < 0.3
    assert metric("average_precision").estimate(found).value == 0
    with pytest.raises(
        Undefined, match="box_precision needs boxes with that score, and there are none in 12"
    ):
        metric("box_precision").estimate(found)


def test_images_without_a_true_box_are_counted() -> None:
    found = judged([[[*BOX, 0.9], NONE, NONE]] * 12, [[BOX]] * 3 + [[]] * 9, [[1]] * 3 + [[]] * 9)
    assert metric("box_precision").estimate(found).value == 0.25
    with pytest.raises(Undefined, match="needs 10 images with a true box, and there are 3"):
        metric("box_recall").estimate(found)


@pytest.mark.parametrize(
    ("form", "box"),
    [("xyxy", [2, 4, 8, 16]), ("xywh", [2, 4, 6, 12]), ("cxcywh", [5, 10, 6, 12]), ("yxyx", [4, 2, 16, 8])],
)
def test_the_same_box_in_every_format(form, box) -> None:
    found = judged([[[*map(float, box), 0.9], NONE, NONE]], [[box]], [[1]], form)
    assert found.values[0, 0, :4].tolist() == [2, 4, 8, 16]
    assert found.labels[0].tolist() == [[2, 4, 8, 16, 1]]


def test_a_box_of_another_class_is_not_found() -> None:
    found = judged([[[*BOX, 0.9], NONE, NONE]] * 12, [[BOX]] * 12, [[0]] * 12)
    assert metric("box_recall").estimate(found).value == 0


def test_boxes_that_are_no_numbers_are_known_by_their_image() -> None:
    found = judged([[[*BOX, 0.9], NONE, NONE], [[np.nan, 0, 1, 1, 0.9], NONE, NONE]], [[BOX]] * 2, [[1]] * 2)
    assert found.finite.tolist() == [True, False]
