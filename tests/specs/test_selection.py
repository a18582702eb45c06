"""Which number of which output a model is judged by."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.small_models import LABEL_AND_PROBABILITIES, PROBABILITY, model_spec

from sluicegate.specs.model import DecisionRule, Score, Tensor
from sluicegate.specs.selection import batch_dimension, judged, numbers_a_row, output_problems
from sluicegate.specs.yamlio import InputError, parse

LABEL, PROBABILITIES = LABEL_AND_PROBABILITIES
SCALAR = Tensor("mean", "float32", ())
FIVE = Tensor("five", "float32", ("batch", 5))
OTHER = Tensor("other", "float32", ("batch",))
DOCUMENT = parse(b"spec:\n  signature:\n    outputs: []\n  score: {output: p}\n", "model.yaml")


def selected(*outputs: Tensor, task="binary-classification", **more) -> tuple[str, int | None]:
    selection = judged(model_spec(task, outputs=outputs, **more))
    return selection.output.name, selection.column


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ((PROBABILITY,), ("p", None)),
        ((LABEL, PROBABILITIES), ("probabilities", 1)),
        ((PROBABILITIES, LABEL), ("probabilities", 1)),
        ((PROBABILITY, SCALAR), ("p", None)),
    ],
    ids=["one number", "scikit-learn", "the other order", "a mean beside"],
)
def test_the_only_output_that_can_be_a_probability_is_judged(outputs, expected) -> None:
    assert selected(*outputs) == expected


@pytest.mark.parametrize(
    ("outputs", "says"),
    [
        ((PROBABILITY, OTHER), "several outputs fit the task binary-classification: p, other"),
        ((LABEL,), "no output fits the task binary-classification: label"),
        ((FIVE,), "no output fits the task binary-classification: five"),
    ],
)
def test_nothing_is_chosen_where_it_is_not_clear(outputs, says) -> None:
    with pytest.raises(InputError, match=says):
        selected(*outputs)


@pytest.mark.parametrize(
    ("output", "remedy"),
    [
        (LABEL, "export it with its probabilities"),
        (Tensor("p", "float32", ("batch", "open")), "its shape is open; where it fits, name it"),
    ],
)
def test_the_remedy_is_of_the_output_at_hand(output, remedy) -> None:
    with pytest.raises(InputError) as refused:
        selected(output)
    assert refused.value.problems[0].remedy.startswith(remedy)


def test_the_decision_chooses_output_and_column() -> None:
    assert selected(PROBABILITY, OTHER, decision=DecisionRule("other")) == ("other", None)
    assert selected(FIVE, decision=DecisionRule("five", 3)) == ("five", 3)
    assert selected(PROBABILITIES, decision=DecisionRule("probabilities", threshold=0.2)) == (
        "probabilities",
        1,
    )


def test_a_class_chooses_its_column() -> None:
    rule = DecisionRule("probabilities", class_="yes")
    assert selected(PROBABILITIES, decision=rule, classes=("yes", "no")) == ("probabilities", 0)
    assert selected(PROBABILITIES, decision=rule, classes=("no", "yes")) == ("probabilities", 1)


def test_several_classes_are_judged_on_all_numbers() -> None:
    assert selected(LABEL, FIVE, task="multiclass-classification") == ("five", None)
    assert selected(FIVE, PROBABILITIES, task="multiclass-classification", classes=("a", "b")) == (
        "probabilities",
        None,
    )


@pytest.mark.parametrize(
    ("shape", "numbers"), [(("n",), 1), (("n", 1), 1), (("n", 2, 3), 6), (("n", "k"), None), ((), 0)]
)
def test_numbers_a_row(shape, numbers) -> None:
    assert numbers_a_row(Tensor("t", "float32", shape)) == numbers


def test_the_batch_is_what_all_inputs_share() -> None:
    def batch(*shapes):
        inputs = tuple(Tensor(f"x{number}", "float32", shape) for number, shape in enumerate(shapes))
        return batch_dimension(model_spec(inputs=inputs))

    assert batch(("n", 2), ("n",)) == "n"
    assert batch((1, 2)) == 1
    assert batch(("users", 2), ("items", 2)) is None
    assert batch(("n", 2), ()) is None


@pytest.mark.parametrize(
    ("score", "says"),
    [
        (Score("probabilities"), "the score is one number a row, and 'probabilities' has 2"),
        (Score("open"), "the score is one number a row, and 'open' has an open number of them"),
        (Score("mean"), "the output 'mean' has no number for each row"),
        (Score("text"), "the output 'text' has no number for each row"),
        (Score("probabilities", 1), None),
        (Score("probabilities", reduce="max"), None),
        (Score("open", 0), None),
    ],
)
def test_a_score_is_one_number_a_row(score, says) -> None:
    """A model that answers 0 to everybody was released on a score that was never counted."""
    others = (SCALAR, Tensor("open", "int64", ("batch", "k")), Tensor("text", "string", ("batch",)))
    spec = replace(model_spec(outputs=(*LABEL_AND_PROBABILITIES, *others)), score=score)
    found = [problem.message for problem in output_problems(DOCUMENT, spec)]
    assert found == ([says] if says else [])


@pytest.mark.parametrize(
    ("task", "output", "classes", "says"),
    [
        ("binary-classification", "five", None, None),
        ("regression", "five", None, "regression is judged on one number a row, and 'five' has 5"),
        ("multiclass-classification", "p", None, "needs a number for each class, and 'p' has one a row"),
        ("multiclass-classification", "five", ("a", "b"), "2 classes are named, and 'five' has 5 numbers"),
        ("regression", "mean", None, "the output 'mean' has no number for each row"),
    ],
)
def test_what_is_judged_has_the_form_of_its_task(task, output, classes, says) -> None:
    outputs = (PROBABILITY, FIVE, SCALAR)
    spec = model_spec(task, outputs=outputs, classes=classes, decision=DecisionRule(output))
    found = [problem.message for problem in output_problems(DOCUMENT, spec)]
    assert len(found) == (1 if says else 0)
    assert says is None or says in found[0]
