"""Models of the gradient boosting libraries, which onnxmltools converts alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from onnxmltools.convert.common.data_types import FloatTensorType

from zoo import figures, sources
from zoo.model import ROWS, Model, Version, table

Fit = Callable[[np.ndarray, np.ndarray], Any]
"""Rows and labels to a fitted estimator of the library."""


@dataclass(frozen=True)
class Library:
    """How one of them is called, and converted."""

    name: str
    convert: Callable[..., Any]
    """onnxmltools' function."""
    options: tuple[tuple[str, Any], ...] = ()
    """Of that function."""

    def version(
        self, fitted: Any, columns: int, found: list[figures.Figure], **answers: np.ndarray
    ) -> Version:
        """A version with these figures and answers."""
        types = [("input", FloatTensorType([None, columns]))]
        made = self.convert(fitted, initial_types=types, **dict(self.options))
        return Version(made.SerializeToString(), found, answers)

    def classifier(self, name: str, data: sources.Split, fit: Fit) -> Model:
        """Of two classes or of several: label and probabilities."""
        versions = []
        for number in (1, 2):
            fitted = fit(*data.part(number))
            scores = fitted.predict_proba(data.test).astype(np.float64)
            if scores.shape[1] == 2:
                found = figures.binary(data.test_labels, scores[:, 1])
            else:
                found = figures.multiclass(data.test_labels, scores)
            label = fitted.predict(data.test[:ROWS])
            versions.append(
                self.version(fitted, data.test.shape[1], found, probabilities=scores[:ROWS], label=label)
            )
        return Model(
            name,
            self.name,
            table(data.train, data.train_labels),
            table(data.test, data.test_labels),
            {"input": data.test[:ROWS]},
            (versions[0], versions[1]),
        )

    def regressor(self, name: str, data: sources.Split, fit: Fit) -> Model:
        """`variable [N, 1]`."""
        versions = []
        for number in (1, 2):
            fitted = fit(*data.part(number))
            said = fitted.predict(data.test).astype(np.float64)
            found = figures.regression(data.test_labels, said, mape=True)
            versions.append(self.version(fitted, data.test.shape[1], found, variable=said[:ROWS, None]))
        return Model(
            name,
            self.name,
            table(data.train, data.train_labels, name="target"),
            table(data.test, data.test_labels, name="target"),
            {"input": data.test[:ROWS]},
            (versions[0], versions[1]),
        )

    def ranker(self, name: str, seed: int, fit: Fit) -> Model:
        """`variable [N, 1]` of rows in queries of ten."""
        data, train_groups, test_groups = sources.queries(600, seed)
        versions = []
        for number in (1, 2):
            fitted = fit(*data.part(number))
            scores = fitted.predict(data.test).astype(np.float64)
            found = figures.ranking(data.test_labels, scores, test_groups)
            versions.append(self.version(fitted, data.test.shape[1], found, variable=scores[:ROWS, None]))
        return Model(
            name,
            self.name,
            table(data.train, data.train_labels).assign(query=train_groups),
            table(data.test, data.test_labels).assign(query=test_groups),
            {"input": data.test[:ROWS]},
            (versions[0], versions[1]),
            ("--task", "ranking", "--group", "query"),
        )
