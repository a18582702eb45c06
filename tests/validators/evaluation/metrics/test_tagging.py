"""token_accuracy and the figures of entities: as seqeval 1.2.2 has them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score
from support.judged import metric, tagged

from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.predictions import Predictions

TAGS = ("O", "B-PER", "I-PER", "E-PER", "S-PER", "B-LOC", "I-LOC", "E-LOC", "S-LOC")
CLOSE = {"B": "BSO", "I": "BSO", "E": "BIESO", "S": "BIESO", "O": ""}
OPEN = {"B": "BS", "I": "BS", "E": "BIES", "S": "BIES", "O": "BIES"}


def by_hand(tags: list[str]) -> set[tuple[int, int, str]]:
    """The entities of one document, tag by tag."""
    found, first, before = set(), None, "O"
    for place, tag in enumerate([*tags, "O"]):
        changed = before[2:] != tag[2:]
        if before != "O" and (tag[0] in CLOSE[before[0]] or changed):
            found.add((first, place - 1, before[2:]))
        if tag != "O" and (tag[0] in OPEN[before[0]] or changed):
            first = place
        before = tag
    return found


def drawn(seed: int, documents: int = 60) -> Predictions:
    random = np.random.default_rng(seed)
    labels = random.integers(0, len(TAGS), (documents, 12))
    labels[random.random(labels.shape) < 0.1] = -100
    other = random.integers(0, len(TAGS), labels.shape)
    decisions = np.where(random.random(labels.shape) < 0.6, np.maximum(labels, 0), other)
    return Predictions(labels, decisions=decisions, classes=TAGS)


def words(judged: Predictions) -> list[tuple[list[str], list[str]]]:
    """Truth and decision of each document, without the tokens that do not count."""
    pairs = []
    for labels, decisions in zip(judged.labels, judged.decisions, strict=True):
        counted = labels != -100
        pairs.append(([TAGS[tag] for tag in labels[counted]], [TAGS[tag] for tag in decisions[counted]]))
    return pairs


@pytest.mark.parametrize("seed", range(4))
def test_entities_are_those_that_tag_by_tag_reading_finds(seed) -> None:
    judged = drawn(seed)
    pairs = [(by_hand(actual), by_hand(said)) for actual, said in words(judged)]
    right = sum(len(actual & said) for actual, said in pairs)
    actual, said = (sum(len(pair[side]) for pair in pairs) for side in (0, 1))
    assert metric("entity_precision").estimate(judged).value == pytest.approx(right / said)
    assert metric("entity_recall").estimate(judged).value == pytest.approx(right / actual)
    assert metric("entity_f1").estimate(judged).value == pytest.approx(2 * right / (said + actual))


@pytest.mark.parametrize(
    ("actual", "said", "f1"),
    [
        ("B-PER I-PER O", "B-PER I-PER O", 1.0),
        ("B-PER I-PER O", "B-PER O O", 0.0),
        ("I-PER I-PER O", "B-PER I-PER O", 1.0),
        ("B-PER B-PER O", "B-PER I-PER O", 0.0),
        ("B-PER I-LOC O", "B-PER B-LOC O", 1.0),
        ("B-PER O B-LOC", "B-PER O O", 2 / 3),
        ("E-PER E-PER O", "S-PER S-PER O", 1.0),
    ],
)
def test_seqevals_own_figures_for_small_cases(actual, said, f1) -> None:
    labels, decisions = (
        np.array([[TAGS.index(tag) for tag in text.split()]] * 12) for text in (actual, said)
    )
    judged = Predictions(labels, decisions=decisions, classes=TAGS)
    assert metric("entity_f1").estimate(judged).value == pytest.approx(f1)


def test_an_entity_ends_with_its_document() -> None:
    labels = np.array([[0, 1], [2, 0]] * 10)
    judged = Predictions(labels, decisions=labels, classes=("O", "B-PER", "I-PER"))
    assert metric("entity_recall").estimate(judged).value == 1
    broken = Predictions(labels, decisions=np.array([[0, 1], [0, 0]] * 10), classes=judged.classes)
    assert metric("entity_recall").estimate(broken).value == 0.5


def test_token_accuracy_is_that_of_all_tokens_that_count() -> None:
    judged, _ = tagged(np.random.default_rng(3), 200)
    counted = judged.labels != -100
    expected = accuracy_score(judged.labels[counted], judged.decisions[counted])
    assert metric("token_accuracy").estimate(judged).value == pytest.approx(expected)


def test_what_cannot_be_computed_says_so_with_the_count() -> None:
    empty = Predictions(
        np.zeros((30, 4), int), decisions=np.zeros((30, 4), int), classes=("O", "B-PER", "I-PER")
    )
    for name, what in [
        ("precision", "entities that are found"),
        ("recall", "true entities"),
        ("f1", "entities"),
    ]:
        with pytest.raises(Undefined, match=f"entity_{name} needs {what}, and there are none in 30 rows"):
            metric(f"entity_{name}").estimate(empty)
    nothing = Predictions(np.full((30, 4), -100), decisions=np.zeros((30, 4), int))
    with pytest.raises(Undefined, match="needs 10 documents with a label that counts, and there are 0"):
        metric("token_accuracy").estimate(nothing)


@pytest.mark.parametrize("classes", [None, ("cat", "dog", "O")])
def test_classes_that_are_no_tags_have_no_entities(classes) -> None:
    labels = np.ones((30, 4), int)
    with pytest.raises(Undefined, match="needs"):
        metric("entity_f1").estimate(Predictions(labels, decisions=labels, classes=classes))
