"""Two classes with names: text, or true and false."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sklearn.linear_model import LogisticRegression

from zoo import figures, sources
from zoo.exports import export
from zoo.model import ROWS, Model, Version, table

TITLE = "Two classes with names"
TEXT = """
    Labels that are text or true and false. `classes` has them in the order of the output's numbers, as the
    graph has them or, where it has none, sorted as scikit-learn sorts them; the second one is the yes, or the
    one that `decision: {class: ...}` names.
"""


def models() -> Iterator[Model]:
    data = sources.two_classes(seed=11)
    for name, words in {"text": np.array(["keeps", "leaves"]), "boolean": np.array([False, True])}.items():
        versions = []
        for number in (1, 2):
            values, labels = data.part(number)
            fitted = LogisticRegression().fit(values, words[labels] if name == "text" else labels)
            scores = fitted.predict_proba(data.test)
            versions.append(
                Version(
                    export(fitted, data.test),
                    figures.binary(data.test_labels, scores[:, 1]),
                    {"probabilities": scores[:ROWS]},
                )
            )
        yield Model(
            f"named-{name}",
            "scikit-learn",
            table(data.train, words[data.train_labels]),
            table(data.test, words[data.test_labels]),
            {"X": data.test[:ROWS]},
            (versions[0], versions[1]),
            form="csv" if name == "text" else "parquet",
        )
