"""Pipelines with an input for each column: numbers beside words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from zoo import figures
from zoo.exports import typed
from zoo.model import ROWS, Model, Version, grid

TITLE = "Numbers beside words, an input a column"
TEXT = """
    A pipeline with a ColumnTransformer has one input `[N, 1]` for each column, of its own type: a table's
    column of the same name fills it. Whole numbers stay whole, and words are strings.
"""
TYPES = [
    ("age", FloatTensorType([None, 1])),
    ("visits", Int64TensorType([None, 1])),
    ("city", StringTensorType([None, 1])),
    ("plan", StringTensorType([None, 1])),
]
WORDS = ["city", "plan"]
NUMBERS = ["age", "visits"]


def people(rows: int = 2400, seed: int = 51) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": grid(random.uniform(18, 80, rows), 4),
            "visits": random.poisson(6, rows),
            "city": random.choice(["Bern", "Genève", "Zürich"], rows),
            "plan": random.choice(["basic", "family", "gold"], rows, p=[0.5, 0.3, 0.2]),
        }
    )
    wish = 0.04 * (frame["age"] - 50) + 0.25 * (frame["visits"] - 6) + (frame["plan"] == "gold") * 1.5
    frame["wish"] = wish - (frame["city"] == "Bern") * 1.0 + random.normal(0, 1, rows)
    return frame


def models() -> Iterator[Model]:
    frame = people()
    frame["label"] = (frame["wish"] > 0.3).astype(int)
    yield _made("mixed-binary", frame.drop(columns="wish"), "label")
    frame["spent"] = (20 + 5 * frame["wish"]).clip(1).round(2)
    yield _made("mixed-regression", frame.drop(columns=["wish", "label"]), "spent")


def _pipeline(label: str) -> Any:
    if label == "label":
        columns = ColumnTransformer([("n", StandardScaler(), NUMBERS), ("w", OneHotEncoder(), WORDS)])
        return make_pipeline(columns, LogisticRegression())
    columns = ColumnTransformer([("n", "passthrough", NUMBERS), ("w", OrdinalEncoder(), WORDS)])
    return make_pipeline(columns, RandomForestRegressor(15, max_depth=6, random_state=0))


def _made(name: str, frame: pd.DataFrame, label: str) -> Model:
    train, test = frame.iloc[:-600].reset_index(drop=True), frame.iloc[-600:].reset_index(drop=True)
    options = {"zipmap": False} if label == "label" else {}
    versions = []
    for number in (1, 2):
        part = train.iloc[: len(train) * 3 // 5] if number == 1 else train
        fitted = _pipeline(label).fit(part.drop(columns=label), part[label])
        truth = test[label].to_numpy()
        if label == "label":
            scores = fitted.predict_proba(test)
            found = figures.binary(truth, scores[:, 1])
            answers = {"probabilities": scores[:ROWS]}
        else:
            said = fitted.predict(test)
            found = figures.regression(truth, said, mape=True)
            answers = {"variable": said[:ROWS, None]}
        versions.append(Version(typed(fitted, TYPES, options), found, answers))
    request = {kind[0]: test[[kind[0]]].to_numpy()[:ROWS] for kind in TYPES}
    request["age"] = request["age"].astype(np.float32)
    return Model(
        name, "scikit-learn", train, test, request, (versions[0], versions[1]), ("--label", label), "csv"
    )
