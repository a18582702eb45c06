"""What a model answered, as metrics read it; scikit-learn is the oracle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, roc_auc_score
from support.small_models import LABEL_AND_PROBABILITIES, PROBABILITY, classifier, decide, model_spec

from sluicegate.specs.model import DecisionRule, Tensor
from sluicegate.validators.evaluation.labels import read_labels
from sluicegate.validators.evaluation.predictions import Predictions, predictions
from sluicegate.validators.evaluation.rows import Rows, predict
from sluicegate.validators.runner.inputs import Unavailable

SPEC = model_spec(outputs=LABEL_AND_PROBABILITIES)


def rows(spec, names=(0, 1)) -> Rows:
    """400 rows whose label is the sign of 2a - b, with noise, under these names."""
    random = np.random.default_rng(1)
    values = random.normal(size=(400, 2)).astype(np.float32)
    late = 2 * values[:, 0] - values[:, 1] + random.normal(size=400) > 0
    table = pd.DataFrame({"a": values[:, 0], "b": values[:, 1], "label": np.array(names)[late.astype(int)]})
    return Rows("e.csv", table, read_labels(table, spec, "e.csv"))


def answered(spec) -> Predictions:
    return predict(classifier(), spec, rows(spec))


def auc_of_the_probability() -> float:
    table = rows(SPEC).frame
    chance = 1 / (1 + np.exp(table["b"] - 2 * table["a"]))
    return float(roc_auc_score(table["label"], chance))


def test_the_score_is_the_probability_and_not_the_class() -> None:
    """The commonest export has its class first; as a score it gives another AUC."""
    found = answered(SPEC)
    assert roc_auc_score(found.labels, found.scores) == pytest.approx(auc_of_the_probability(), abs=1e-6)
    hard = answered(replace(SPEC, decision=decide("label")))
    assert roc_auc_score(hard.labels, hard.scores) < auc_of_the_probability() - 0.05


def test_the_threshold_holds_for_an_output_of_two_columns() -> None:
    strict = answered(replace(SPEC, decision=decide("probabilities", 1, threshold=0.9)))
    np.testing.assert_array_equal(strict.decisions, (strict.scores >= 0.9).astype(int))
    assert strict.decisions.mean() < answered(SPEC).decisions.mean()


def test_scores_that_are_no_probabilities_are_decided_at_a_declared_threshold_only() -> None:
    """A linear SVM or a graph of logits: 0.5 would be somewhere in the middle of its yes."""
    spec = model_spec(outputs=(PROBABILITY,))
    logits = {"p": np.array([[-2.0], [0.3], [1.4]], np.float32)}
    labels = np.array([0, 1, 1])
    assert predictions(spec, logits, labels, None).decisions is None
    at_zero = replace(spec, decision=decide("p", threshold=0.0))
    assert predictions(at_zero, logits, labels, None).decisions.tolist() == [0, 1, 1]
    almost = {"p": np.array([[-1e-7], [0.3], [1 + 1e-6]], np.float32)}
    assert predictions(spec, almost, labels, None).decisions.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    "numbers",
    [
        lambda z: np.stack([-z, z], axis=1),
        lambda z: np.log(np.stack([1 / (1 + np.exp(z)), 1 / (1 + np.exp(-z))], axis=1)),
        lambda z: np.stack([np.full_like(z, 0.9), 1 / (1 + np.exp(-z))], axis=1),
    ],
    ids=["margins", "logarithms", "two questions"],
)
def test_a_column_that_orders_the_rows_is_the_score(numbers) -> None:
    values = numbers(np.array([-2.0, 0.3, 1.4]))
    found = predictions(SPEC, {"probabilities": values}, np.array([0, 1, 1]), None)
    np.testing.assert_array_equal(found.scores, values[:, 1])


def test_two_logits_are_no_score_since_neither_orders_the_rows() -> None:
    """A network for cross entropy without its softmax: the larger second number may be the smaller chance."""
    logits = np.array([[5.0, 3.0], [-4.0, 1.0], [0.0, 2.0]])
    with pytest.raises(Unavailable, match="neither orders the rows as their difference does") as refused:
        predictions(SPEC, {"probabilities": logits}, np.array([0, 1, 1]), None)
    assert "Append a Softmax" in refused.value.remedy


def test_the_class_that_is_the_yes_has_its_own_column_and_label() -> None:
    classes = ("early", "late")
    for name, column in (("late", 1), ("early", 0)):
        spec = replace(SPEC, classes=classes, decision=DecisionRule("probabilities", class_=name))
        sample = rows(spec, classes)
        found = predict(classifier(), spec, sample)
        assert found.classes is not None
        assert found.classes[-1] == name
        assert found.labels.tolist() == (sample.frame["label"] == name).astype(int).tolist()
        outputs = classifier().run(["probabilities"], {"x": sample.frame[["a", "b"]].to_numpy(np.float32)})
        np.testing.assert_allclose(found.scores, outputs[0][:, column], rtol=1e-6)
        assert roc_auc_score(found.labels, found.scores) == pytest.approx(auc_of_the_probability(), abs=1e-6)


FIVE = Tensor("p", "float32", ("batch", 5))


def of_five(labels, **more) -> Predictions:
    spec = model_spec("multiclass-classification", outputs=(FIVE,), **more)
    outputs = {"p": np.eye(5, dtype=np.float32)[[0, 4, 2]]}
    table = pd.DataFrame({"label": labels})
    return predictions(spec, outputs, read_labels(table, spec, "e.csv"), None)


def test_classes_that_count_from_1_are_judged_as_themselves() -> None:
    """The index of the largest of five numbers is no star rating."""
    right = of_five([1, 5, 3], classes=(1, 2, 3, 4, 5))
    assert accuracy_score(right.labels, right.decisions) == 1.0


def test_labels_beyond_the_outputs_classes_are_refused() -> None:
    with pytest.raises(Unavailable, match="the labels are 1 to 5, and output 'p' has the classes 0 to 4"):
        of_five([1, 5, 3])
    with pytest.raises(Unavailable, match="3 classes are declared, and output 'p' has 5 numbers a row"):
        of_five([1, 2, 3], classes=(1, 2, 3), decision=decide("p"))


@pytest.mark.parametrize(
    ("task", "outputs", "label", "has"),
    [
        ("regression", np.array([[1.5], [2.0]]), [1.0, 3.0], "values"),
        ("forecasting", np.array([[1.5, 2.0], [2.0, 3.0]]), [[1.0, 3.0], [2.0, 2.5]], "values"),
        ("retrieval", np.array([[0.5, 0.25], [0.1, 0.7]]), [0, 1], "values"),
        ("ranking", np.array([0.5, 0.25]), [2.0, 0.5], "scores"),
        ("multi-label", np.array([[0.9, 0.2], [0.1, 0.7]]), [[1, 0], [0, 1]], "scores"),
    ],
)
def test_a_task_has_values_or_scores(task, outputs, label, has) -> None:
    shape = ("batch", *outputs.shape[1:])
    spec = model_spec(task, outputs=(Tensor("y", "float32", shape),), group="q")
    found = predictions(spec, {"y": outputs}, np.array(label), np.array([0, 0]))
    np.testing.assert_array_equal(getattr(found, has).reshape(outputs.shape), outputs)
    other = "scores" if has == "values" else "values"
    assert getattr(found, other) is None
    assert found.groups is not None
    if task == "multi-label":
        np.testing.assert_array_equal(found.decisions, found.labels)


def test_another_number_of_answers_than_labels_is_refused() -> None:
    spec = model_spec("forecasting", outputs=(Tensor("y", "float32", ("batch", 3)),))
    with pytest.raises(Unavailable, match="output 'y' has 3 numbers a row, and the label 2"):
        predictions(spec, {"y": np.zeros((2, 3))}, np.zeros((2, 2)), None)


def test_a_column_that_an_open_output_does_not_have_is_refused() -> None:
    spec = model_spec(outputs=(Tensor("p", "float32", ("batch", "k")),), decision=decide("p", 3))
    with pytest.raises(Unavailable, match="output 'p' has 2 numbers a row, and no column 3"):
        predictions(spec, {"p": np.zeros((2, 2))}, np.array([0, 1]), None)


def test_an_open_output_is_judged_as_what_it_answers() -> None:
    """A graph with -1 for all its sizes may answer with one number a row, two, or many."""
    spec = model_spec(outputs=(Tensor("p", "float32", ("batch", "open")),), decision=DecisionRule("p"))
    one, two, many = (np.full((2, width), 0.25, np.float32) for width in (1, 2, 5))
    two[:, 1] = 0.75
    assert predictions(spec, {"p": one}, np.array([0, 1]), None).scores.tolist() == [0.25, 0.25]
    assert predictions(spec, {"p": two}, np.array([0, 1]), None).scores.tolist() == [0.75, 0.75]
    with pytest.raises(Unavailable, match="has 5 numbers a row, and binary-classification has two classes"):
        predictions(spec, {"p": many}, np.array([0, 1]), None)


def test_rows_that_are_answered_with_nan_are_not_finite() -> None:
    spec = model_spec(outputs=(PROBABILITY,))
    found = predictions(spec, {"p": np.array([[0.5], [np.nan], [np.inf]])}, np.array([0, 1, 1]), None)
    assert found.finite.tolist() == [True, False, False]
    assert len(found.at(np.array([0, 2]))) == 2


def test_production_is_compared_with_its_classes_in_the_candidates_order() -> None:
    spec = model_spec(
        "multiclass-classification",
        outputs=(Tensor("p", "float32", ("batch", 3)),),
        classes=("a", "b", "c"),
    )
    scores = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])
    old = predictions(spec, {"p": scores}, np.array([0, 2]), None)
    other = old.aligned(("c", "a", "b"))
    np.testing.assert_array_equal(other.scores, [[0.1, 0.7, 0.2], [0.8, 0.1, 0.1]])
    assert other.decisions.tolist() == [1, 0]
    assert old.aligned(("a", "b", "c")) is old
    with pytest.raises(Unavailable, match="its classes are a, b, c, and the candidate's a, b, d"):
        old.aligned(("a", "b", "d"))


def test_classes_without_names_are_their_numbers() -> None:
    old = of_five([0, 4, 2])
    assert old.aligned(("0", "1", "2", "3", "4")) is old
