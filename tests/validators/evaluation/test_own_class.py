"""The class that the graph says itself, beside the one that the figures are about."""

from __future__ import annotations

import numpy as np
import pytest
from support.small_models import LABEL_AND_PROBABILITIES, model_spec

from sluicegate.specs.model import Tensor
from sluicegate.validators.evaluation.own_class import other_class
from sluicegate.validators.evaluation.predictions import predictions

CHANCES = np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.6, 0.4]], np.float32)
NUMBERS = np.array([0, 1, 1, 0])
WORDS = np.array(["no", "yes", "yes", "no"], object)


def compared(said: np.ndarray, chances: np.ndarray = CHANCES, task="binary-classification", classes=None):
    label = Tensor("label", "string" if said.dtype == object else "int64", ("batch",))
    scores = Tensor("probabilities", "float32", ("batch", chances.shape[1]))
    spec = model_spec(task, outputs=(label, scores), classes=classes)
    outputs = {"label": said, "probabilities": chances}
    return other_class(spec, outputs, predictions(spec, outputs, NUMBERS, None))


@pytest.mark.parametrize(
    ("said", "classes", "share"),
    [
        (NUMBERS, None, 0.0),
        (WORDS, ("no", "yes"), 0.0),
        (NUMBERS, ("no", "yes"), 0.0),
        (WORDS, ("yes", "no"), 1.0),
        (np.array([0, 1, 1, 1]), None, 0.25),
    ],
    ids=["numbers", "words", "encoded", "the other order", "one row"],
)
def test_both_are_compared_by_name_or_by_number(said, classes, share) -> None:
    assert compared(said, classes=classes) == ("label", share)


def test_distances_are_no_scores() -> None:
    """KMeans says the nearest centre, and the largest distance is that of the farthest."""
    distances = np.array([[0.1, 2, 3], [2, 0.1, 3], [3, 0.1, 2], [0.1, 3, 2]], np.float32)
    assert compared(NUMBERS, distances, "multiclass-classification") == ("label", 1.0)


def test_without_a_class_of_its_own_there_is_nothing_to_compare() -> None:
    _, scores = LABEL_AND_PROBABILITIES
    spec = model_spec(outputs=(scores,))
    outputs = {scores.name: CHANCES}
    assert other_class(spec, outputs, predictions(spec, outputs, NUMBERS, None)) is None
