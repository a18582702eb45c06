"""Text by scikit-learn's vectorizers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from skl2onnx.common.data_types import StringTensorType
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from zoo import figures
from zoo.exports import typed
from zoo.model import ROWS, Model, Version

TITLE = "Text"
TEXT = """
    A column of text fills a string input. The vectorizer's Tokenizer is onnxruntime's own operator
    (`com.microsoft`); such operators of the engine that only compute are allowed.
    Its StringNormalizer asks for the locale en_US.UTF-8 unless the export says `locale: C`, as here; a slim
    image has no other, and `onnx-loads` says so.
"""
GOOD = ["great", "lovely", "superb", "tasty", "friendly", "quick", "fresh", "warm", "calm", "clean"]
BAD = ["awful", "slow", "dirty", "cold", "rude", "stale", "noisy", "broken", "bland", "late"]
PLAIN = [
    "the",
    "soup",
    "table",
    "waiter",
    "room",
    "plate",
    "price",
    "street",
    "menu",
    "evening",
    "bread",
    "chair",
    "window",
]


def reviews(rows: int = 2000, seed: int = 61) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, rows)
    texts = []
    for label in labels:
        mood, other = (GOOD, BAD) if label else (BAD, GOOD)
        words = [
            *random.choice(PLAIN, 6),
            *random.choice(mood, 2),
            *random.choice(other, random.integers(0, 3)),
        ]
        random.shuffle(words)
        texts.append(" ".join(words))
    return np.array(texts, dtype=object), labels


def models() -> Iterator[Model]:
    texts, labels = reviews()
    each: dict[str, Any] = {
        "text-tfidf": lambda: make_pipeline(TfidfVectorizer(), LogisticRegression()),
        "text-counts": lambda: make_pipeline(CountVectorizer(), MultinomialNB()),
    }
    for name, learner in each.items():
        versions = []
        for number in (1, 2):
            count = 900 if number == 1 else 1500
            fitted = learner().fit(texts[:count], labels[:count])
            scores = fitted.predict_proba(texts[1500:])
            versions.append(
                Version(
                    typed(
                        fitted,
                        [("text", StringTensorType([None, 1]))],
                        {id(fitted): {"zipmap": False}, type(fitted[0]): {"locale": "C"}},
                    ),
                    figures.binary(labels[1500:], scores[:, 1]),
                    {"probabilities": scores[:ROWS]},
                )
            )
        yield Model(
            name,
            "scikit-learn",
            pd.DataFrame({"text": texts[:1500], "label": labels[:1500]}),
            pd.DataFrame({"text": texts[1500:], "label": labels[1500:]}),
            {"text": texts[1500 : 1500 + ROWS, None]},
            (versions[0], versions[1]),
        )
