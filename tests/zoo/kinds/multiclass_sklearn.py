"""Several classes by scikit-learn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from zoo import figures, sources
from zoo.exports import export
from zoo.model import ROWS, TOLERANCE, Model, Version, table

TITLE = "Several classes"
TEXT = """
    A probability for each class. The class that is decided is the one with the largest; labels that are not
    0, 1, 2, ... are named in `classes`. `score` watches the largest probability (`reduce: max`).
"""
NAMES = np.array(["bream", "perch", "pike", "roach"])
LEARNERS: dict[str, Any] = {
    "logistic-regression": lambda: LogisticRegression(max_iter=500),
    "extra-trees": lambda: ExtraTreesClassifier(23, max_depth=7, random_state=0),
    "discriminant": lambda: LinearDiscriminantAnalysis(),
    "neighbours": lambda: KNeighborsClassifier(15),
}
LABELS = {"extra-trees": NAMES, "discriminant": np.array([1, 2, 3, 4])}
"""What the labels are called; otherwise by their numbers."""

TIES = "of neighbours that are equally far, float32 takes others"


def models() -> Iterator[Model]:
    data = sources.some_classes()
    for name, learner in LEARNERS.items():
        words = LABELS.get(name, np.arange(4))
        versions = []
        for number in (1, 2):
            values, labels = data.part(number)
            fitted = learner().fit(values, words[labels])
            scores = fitted.predict_proba(data.test)
            versions.append(
                Version(
                    export(fitted, data.test),
                    figures.multiclass(data.test_labels, scores),
                    {"probabilities": scores[:ROWS]},
                )
            )
        yield Model(
            f"multiclass-{name}",
            "scikit-learn",
            table(data.train, words[data.train_labels]),
            table(data.test, words[data.test_labels]),
            {"X": data.test[:ROWS]},
            (versions[0], versions[1]),
            tolerance=2e-3 if name == "neighbours" else TOLERANCE,
            reason=TIES if name == "neighbours" else "",
        )
