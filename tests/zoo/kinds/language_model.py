"""The next token, with a cache and without one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from onnx import TensorProto, helper
from sklearn.linear_model import LogisticRegression

from zoo import figures
from zoo.exports import graph
from zoo.model import ROWS, Model, Version

TITLE = "Language models"
TEXT = """
    The label is the input's own tokens: the numbers at a token are about the next one. A decoder's cache is
    found by its names, `past` and `present`; it begins empty, and `decoder-cache` compares decoding token by
    token with the whole pass. Perplexity is the exponential of scikit-learn's `log_loss`.
"""
WORDS, LENGTH = 24, 10


def models() -> Iterator[Model]:
    yield _model("language-bigram", cached=False)
    yield _model("language-cache", cached=True)


def _documents(count: int, seed: int) -> np.ndarray:
    """Token ids: each token depends on the one before it."""
    random = np.random.default_rng(seed)
    following = np.random.default_rng(0).dirichlet(np.full(WORDS, 0.15), WORDS)
    ids = random.integers(0, WORDS, (count, 1))
    for _ in range(LENGTH - 1):
        drawn = [random.choice(WORDS, p=following[last]) for last in ids[:, -1]]
        ids = np.column_stack([ids, drawn])
    return ids


def _facts(ids: np.ndarray, *, cached: bool) -> np.ndarray:
    """[N, tokens, words]: the token itself, or with a cache how often each came up to it."""
    each = np.eye(WORDS)[ids]
    return each.cumsum(axis=1) if cached else each


def _model(name: str, *, cached: bool) -> Model:
    train, test = _documents(1500, 71), _documents(400, 72)
    versions = []
    for number in (1, 2):
        ids = train[:500] if number == 1 else train
        facts = _facts(ids, cached=cached)[:, :-1].reshape(-1, WORDS)
        fitted = LogisticRegression(C=3, max_iter=1000).fit(facts, ids[:, 1:].reshape(-1))
        if len(fitted.classes_) != WORDS:
            raise ValueError("every word has to be followed by every other one somewhere")
        given = _facts(test, cached=cached).reshape(-1, WORDS)
        logits = fitted.decision_function(given).reshape(*test.shape, WORDS)
        found = figures.language(test, logits)
        versions.append(Version(_export(fitted, cached=cached), found, {"logits": logits[:ROWS]}))
    request = {"ids": test[:ROWS]}
    if cached:
        request["past"] = np.zeros((ROWS, 1, 0, WORDS), np.float32)
    return Model(
        name,
        "scikit-learn",
        pd.DataFrame({"ids": list(train)}),
        pd.DataFrame({"ids": list(test)}),
        request,
        (versions[0], versions[1]),
        () if cached else ("--task", "language-model"),
    )


def _export(fitted: LogisticRegression, *, cached: bool) -> bytes:
    node = helper.make_node
    inputs = [("ids", TensorProto.INT64, ["batch", "tokens"])]
    outputs = [("logits", TensorProto.FLOAT, ["batch", "tokens", WORDS])]
    constants = {
        "words": np.eye(WORDS, dtype=np.float32),
        "weights": fitted.coef_.T.astype(np.float32),
        "offsets": fitted.intercept_.astype(np.float32),
    }
    nodes = [node("Gather", ["words", "ids"], ["embedded"])]
    if cached:
        inputs.append(("past", TensorProto.FLOAT, ["batch", 1, "past", WORDS]))
        outputs.append(("present", TensorProto.FLOAT, ["batch", 1, "all", WORDS]))
        constants |= {"one": np.array([1], np.int64), "axis": np.array(1, np.int64)}
        constants |= {"end": np.array([2**31], np.int64)}
        nodes += [
            node("Unsqueeze", ["embedded", "one"], ["new"]),
            node("Concat", ["past", "new"], ["present"], axis=2),
            node("Squeeze", ["present", "one"], ["every"]),
            node("CumSum", ["every", "axis"], ["counts"]),
            node("Shape", ["ids"], ["shape"]),
            node("Gather", ["shape", "one"], ["length"]),
            node("Neg", ["length"], ["start"]),
            node("Slice", ["counts", "start", "end", "one"], ["own"]),
        ]
    nodes += [
        node("MatMul", ["own" if cached else "embedded", "weights"], ["products"]),
        node("Add", ["products", "offsets"], ["logits"]),
    ]
    return graph(nodes, inputs, outputs, **constants)
