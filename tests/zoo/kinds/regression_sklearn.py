"""One quantity a row by scikit-learn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import LinearRegression, PoissonRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from zoo import figures, sources
from zoo.exports import export
from zoo.model import ROWS, Model, Version, table

TITLE = "One quantity a row"
TEXT = """
    `variable [N, 1]` is what skl2onnx calls the output of a regressor. Errors are in the target's unit, so
    the margins are as well; a model of a quantile is judged by `pinball` at that quantile.
"""
LEARNERS: dict[str, Any] = {
    "linear": lambda: LinearRegression(),
    "random-forest": lambda: RandomForestRegressor(21, max_depth=7, random_state=0),
    "histogram-boosting": lambda: HistGradientBoostingRegressor(max_iter=40, random_state=0),
    "support-vectors": lambda: make_pipeline(StandardScaler(), SVR()),
    "poisson": lambda: PoissonRegressor(),
    "upper-quantile": lambda: GradientBoostingRegressor(
        loss="quantile", alpha=0.9, n_estimators=40, random_state=0
    ),
}


def models() -> Iterator[Model]:
    data = sources.quantity()
    for name, learner in LEARNERS.items():
        versions = []
        for number in (1, 2):
            fitted = learner().fit(*data.part(number))
            said = fitted.predict(data.test)
            quantile = 0.9 if name == "upper-quantile" else 0.5
            found = figures.regression(data.test_labels, said, quantile, mape=True)
            versions.append(Version(export(fitted, data.test), found, {"variable": said[:ROWS, None]}))
        yield Model(
            f"regression-{name}",
            "scikit-learn",
            table(data.train, data.train_labels, name="target"),
            table(data.test, data.test_labels, name="target"),
            {"X": data.test[:ROWS]},
            (versions[0], versions[1]),
        )
