"""Tags of tokens, beside seqeval's figures of entities."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from onnx import TensorProto, helper
from sklearn.linear_model import LogisticRegression

from zoo import figures
from zoo.exports import graph
from zoo.model import ROWS, Model, Version

TITLE = "Token tagging"
TEXT = """
    A label is a list of tags, as long as its row's tokens; `--classes` names the tags in the order of the
    output's numbers. Rows have different lengths. Figures of entities are seqeval's.
"""
TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
WORDS = 80
FOLLOWING = {
    "O": (0.7, 0.17, 0, 0.13, 0),
    "B-PER": (0.4, 0.05, 0.5, 0.05, 0),
    "I-PER": (0.6, 0.1, 0.2, 0.1, 0),
    "B-LOC": (0.6, 0.1, 0, 0.1, 0.2),
    "I-LOC": (0.8, 0.1, 0, 0.1, 0),
}
"""The chance of each tag behind this one."""
Documents = list[np.ndarray]


def models() -> Iterator[Model]:
    yield _tagger("tagger-words", around=False)
    yield _tagger("tagger-neighbours", around=True)


def _documents(count: int, random: np.random.Generator) -> tuple[Documents, Documents]:
    """Word ids of texts with 5 to 12 tokens, and their tags' numbers."""
    likely = np.random.default_rng(0).dirichlet(np.full(WORDS, 0.15), len(TAGS))
    tokens, tags = [], []
    for length in random.integers(5, 13, count):
        own = ["O"]
        for _ in range(length):
            own.append(str(random.choice(TAGS, p=FOLLOWING[own[-1]])))
        numbers = np.array([TAGS.index(tag) for tag in own[1:]])
        tokens.append(np.array([random.choice(WORDS, p=likely[tag]) for tag in numbers]))
        tags.append(numbers)
    return tokens, tags


def _tagger(name: str, *, around: bool) -> Model:
    """A logistic regression of each word, and with `around` of its neighbours."""
    random = np.random.default_rng(51 + around)
    train, train_tags = _documents(1500, random)
    test, test_tags = _documents(400, random)
    versions = []
    chosen = [row for row in test if len(row) == len(test[0])][:ROWS]
    for number in (1, 2):
        count = len(train) * 3 // 5 if number == 1 else len(train)
        facts = np.concatenate([_facts(row, around=around) for row in train[:count]])
        fitted = LogisticRegression(C=5, max_iter=500).fit(facts, np.concatenate(train_tags[:count]))
        said = [fitted.decision_function(_facts(row, around=around)) for row in test]
        found = figures.tagging(TAGS, test_tags, [row.argmax(axis=1) for row in said])
        answers = np.stack([fitted.decision_function(_facts(row, around=around)) for row in chosen])
        versions.append(Version(_export(fitted, around=around), found, {"logits": answers}))
    return Model(
        name,
        "scikit-learn",
        _frame(train, train_tags),
        _frame(test, test_tags),
        {"tokens": np.stack(chosen)},
        (versions[0], versions[1]),
        ("--classes", ",".join(TAGS)),
    )


def _facts(tokens: np.ndarray, *, around: bool) -> np.ndarray:
    """[tokens, words]: the word itself, and half of each neighbour's where they count."""
    own = np.eye(WORDS)[tokens]
    if not around:
        return own
    padded = np.pad(own, ((1, 1), (0, 0)))
    return np.concatenate([own, (padded[:-2] + padded[2:]) / 2], axis=1)


def _frame(tokens: Documents, tags: Documents) -> pd.DataFrame:
    words = [[TAGS[number] for number in row] for row in tags]
    return pd.DataFrame({"tokens": tokens, "tags": words})


def _export(fitted: LogisticRegression, *, around: bool) -> bytes:
    node = helper.make_node
    weights = fitted.coef_.T.astype(np.float32)
    constants = {"own": weights[:WORDS], "offsets": fitted.intercept_.astype(np.float32)}
    nodes = [node("Gather", ["own", "tokens"], ["alone"])]
    if around:
        constants |= {"beside": weights[WORDS:] / 2, "pads": np.array([0, 1, 0, 0, 1, 0], np.int64)}
        constants |= {"zero": np.array([0], np.int64), "two": np.array([2], np.int64)}
        constants |= {"end": np.array([2**31], np.int64), "last": np.array([-2], np.int64)}
        constants |= {"axis": np.array([1], np.int64)}
        nodes += [
            node("Gather", ["beside", "tokens"], ["neighbours"]),
            node("Pad", ["neighbours", "pads"], ["padded"]),
            node("Slice", ["padded", "zero", "last", "axis"], ["before"]),
            node("Slice", ["padded", "two", "end", "axis"], ["behind"]),
            node("Add", ["before", "behind"], ["both"]),
            node("Add", ["alone", "both"], ["sums"]),
        ]
    nodes.append(node("Add", ["sums" if around else "alone", "offsets"], ["logits"]))
    return graph(
        nodes,
        [("tokens", TensorProto.INT64, ["batch", "length"])],
        [("logits", TensorProto.FLOAT, ["batch", "length", len(TAGS)])],
        **constants,
    )
