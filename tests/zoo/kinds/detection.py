"""Boxes in pictures, beside pycocotools' figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from onnx import TensorProto, helper
from sklearn.linear_model import LogisticRegression

from zoo import figures
from zoo.exports import graph
from zoo.model import ROWS, Model, Version, grid

TITLE = "Detection"
TEXT = """
    The outputs hold boxes, their scores and their classes for each image; `detection` names them, and the
    label is two columns of lists, the true boxes and their classes. Figures are pycocotools'.
"""
SIZE, CELL = 16, 4
CELLS = SIZE // CELL


@dataclass(frozen=True)
class Scenes:
    """Images with bright (class 0) and dark (class 1) squares; corners and classes of those in each."""

    images: np.ndarray
    boxes: Sequence[np.ndarray]
    kinds: Sequence[np.ndarray]


def models() -> Iterator[Model]:
    train, test = _scenes(800, 61), _scenes(300, 62)
    versions = []
    for number in (1, 2):
        count = len(train.images) * 2 // 5 if number == 1 else len(train.images)
        fitted = LogisticRegression(C=3).fit(*_cells(train, count))
        chances = fitted.predict_proba(_means(test.images).reshape(-1, 1))
        chances = chances.reshape(len(test.images), -1, 3)[:, :, :2]
        scores, kinds = chances.max(axis=2), chances.argmax(axis=2)
        found = figures.detection(test.boxes, test.kinds, _corners(), scores, kinds)
        answers = {"scores": scores[:ROWS], "labels": kinds[:ROWS]}
        versions.append(Version(_export(fitted), found, answers))
    yield Model(
        "detector-cells",
        "scikit-learn",
        _frame(train),
        _frame(test),
        {"image": test.images[:ROWS]},
        (versions[0], versions[1]),
        ("--label", "boxes,kinds"),
    )


def _corners() -> np.ndarray:
    """The box of each cell, [16, 4] as x1, y1, x2, y2."""
    y, x = np.divmod(np.arange(CELLS**2), CELLS)
    return np.stack([x, y, x + 1, y + 1], axis=1).astype(np.float32) * CELL


def _scenes(count: int, seed: int) -> Scenes:
    """Each cell holds a square with a chance of 1 in 8; its corners are off by up to one point."""
    random = np.random.default_rng(seed)
    images = random.normal(0, 0.7, (count, 1, SIZE, SIZE))
    boxes, kinds = [], []
    for image in images:
        there = np.flatnonzero(random.random(CELLS**2) < 1 / 8)
        kind = random.integers(0, 2, len(there))
        corners = _corners()[there] + random.integers(-1, 2, (len(there), 4))
        corners = corners.clip(0, SIZE)
        for (x1, y1, x2, y2), one in zip(corners.astype(int), kind, strict=True):
            image[0, y1:y2, x1:x2] += 0.7 if one == 0 else -0.7
        boxes.append(corners)
        kinds.append(kind)
    return Scenes(grid(images), boxes, kinds)


def _means(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), CELLS, CELL, CELLS, CELL).mean(axis=(2, 4)).reshape(len(images), -1)


def _cells(scenes: Scenes, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The mean of each cell, and what is in it: 0, 1, or nothing (2)."""
    truth = np.full((count, CELLS**2), 2)
    for row, boxes, kinds in zip(truth, scenes.boxes, scenes.kinds, strict=False):
        middle = (boxes[:, :2] + boxes[:, 2:]) / 2 // CELL
        row[(middle[:, 1] * CELLS + middle[:, 0]).astype(int)] = kinds
    return _means(scenes.images[:count]).reshape(-1, 1), truth.reshape(-1)


def _frame(scenes: Scenes) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "image": [one.reshape(-1).tolist() for one in scenes.images],
            "boxes": [one.astype(float).tolist() for one in scenes.boxes],
            "kinds": [one.tolist() for one in scenes.kinds],
        }
    )


def _export(fitted: LogisticRegression) -> bytes:
    node = helper.make_node
    return graph(
        [
            node("AveragePool", ["image"], ["pooled"], kernel_shape=[CELL, CELL], strides=[CELL, CELL]),
            node("Reshape", ["pooled", "column"], ["means"]),
            node("MatMul", ["means", "weights"], ["products"]),
            node("Add", ["products", "offsets"], ["sums"]),
            node("Softmax", ["sums"], ["chances"], axis=2),
            node("Slice", ["chances", "zero", "two", "axis"], ["classes"]),
            node("ReduceMax", ["classes"], ["scores"], axes=[2], keepdims=0),
            node("ArgMax", ["classes"], ["labels"], axis=2, keepdims=0),
            node("Shape", ["scores"], ["size"]),
            node("Concat", ["size", "four"], ["whole"], axis=0),
            node("Expand", ["corners", "whole"], ["boxes"]),
        ],
        [("image", TensorProto.FLOAT, ["batch", 1, SIZE, SIZE])],
        [
            ("boxes", TensorProto.FLOAT, ["batch", CELLS**2, 4]),
            ("scores", TensorProto.FLOAT, ["batch", CELLS**2]),
            ("labels", TensorProto.INT64, ["batch", CELLS**2]),
        ],
        corners=_corners()[None],
        weights=fitted.coef_.T.astype(np.float32),
        offsets=fitted.intercept_.astype(np.float32),
        column=np.array([0, -1, 1], np.int64),
        zero=np.array([0], np.int64),
        two=np.array([2], np.int64),
        axis=np.array([2], np.int64),
        four=np.array([4], np.int64),
    )
