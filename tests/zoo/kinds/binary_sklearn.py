"""Two classes by scikit-learn: a label, and a probability for each class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zoo import figures, sources
from zoo.exports import export
from zoo.model import ROWS, TOLERANCE, Model, Version, table

TITLE = "Two classes: label and probabilities"
TEXT = """
    The commonest export there is: `label` beside `probabilities [N, 2]`. The label is never judged as if it
    were a score: `decision` and `score` select the second column, the probability of the yes.
"""
LEARNERS: dict[str, Any] = {
    "logistic-regression": lambda: LogisticRegression(),
    "boosting": lambda: GradientBoostingClassifier(n_estimators=30, random_state=0),
    "histogram-boosting": lambda: HistGradientBoostingClassifier(max_iter=30, random_state=0),
    "random-forest": lambda: RandomForestClassifier(31, max_depth=6, random_state=0),
    "naive-bayes": lambda: GaussianNB(),
    "scaled-network": lambda: make_pipeline(
        StandardScaler(), MLPClassifier((16,), max_iter=80, random_state=0)
    ),
    "calibrated": lambda: CalibratedClassifierCV(LogisticRegression(), cv=3),
}


def models() -> Iterator[Model]:
    data = sources.two_classes()
    for name, learner in LEARNERS.items():
        versions = []
        for number in (1, 2):
            fitted = learner().fit(*data.part(number))
            scores = fitted.predict_proba(data.test)
            answers = {"probabilities": scores[:ROWS], "label": fitted.predict(data.test[:ROWS])}
            versions.append(
                Version(export(fitted, data.test), figures.binary(data.test_labels, scores[:, 1]), answers)
            )
        yield Model(
            f"binary-{name}",
            "scikit-learn",
            table(data.train, data.train_labels),
            table(data.test, data.test_labels),
            {"X": data.test[:ROWS]},
            (versions[0], versions[1]),
            tolerance=1e-4 if name == "naive-bayes" else TOLERANCE,
            reason="products of densities near 0 and 1 are rounded to float32"
            if name == "naive-bayes"
            else "",
        )
