"""Tables that a kind's models are trained and judged on: scikit-learn's own, and some from a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn import datasets

from zoo.model import grid


@dataclass(frozen=True)
class Split:
    """Rows to train on, whose first part is all that the first version sees, and rows to be judged on."""

    train: np.ndarray
    train_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray

    def part(self, version: int) -> tuple[np.ndarray, np.ndarray]:
        """What version 1 or 2 is trained on: three fifths, or all."""
        count = len(self.train) * 3 // 5 if version == 1 else len(self.train)
        return self.train[:count], self.train_labels[:count]


def split(values: np.ndarray, labels: np.ndarray, test: int = 600, seed: int = 7) -> Split:
    """Mixed rows, the last `test` of them held out."""
    order = np.random.default_rng(seed).permutation(len(values))
    values, labels = values[order], labels[order]
    return Split(values[:-test], labels[:-test], values[-test:], labels[-test:])


def two_classes(rows: int = 2600, columns: int = 6, seed: int = 1) -> Split:
    """A question with an answer of about 0.9 ROC AUC."""
    values, labels = datasets.make_classification(
        rows, columns, n_informative=4, n_redundant=0, flip_y=0.1, class_sep=0.9, random_state=seed
    )
    return split(grid(values), labels)


def some_classes(rows: int = 2600, classes: int = 4, seed: int = 2) -> Split:
    """Several classes of about equal size."""
    values, labels = datasets.make_classification(
        rows,
        8,
        n_informative=6,
        n_redundant=0,
        n_classes=classes,
        flip_y=0.05,
        class_sep=1.2,
        random_state=seed,
    )
    return split(grid(values), labels)


def quantity(rows: int = 2600, seed: int = 3) -> Split:
    """A quantity above 0, with noise."""
    values, target = datasets.make_friedman1(rows, 6, noise=1.0, random_state=seed)
    return split(grid(values, 1024), np.round(target.clip(1), 3).astype(np.float32))


def label_sets(rows: int = 2600, seed: int = 4) -> Split:
    """Five yes or no a row."""
    values, labels = datasets.make_multilabel_classification(
        rows, 8, n_classes=5, n_labels=2, random_state=seed
    )
    return split(values.astype(np.float32), labels)


def digits() -> Split:
    """Pictures of 8 x 8 points."""
    values, labels = datasets.load_digits(return_X_y=True)
    return split(values.astype(np.float32), labels, 500)


def queries(count: int = 260, seed: int = 5) -> tuple[Split, np.ndarray, np.ndarray]:
    """Rows with a relevance of 0 to 3, ten a query; then the queries of both parts' rows."""
    random = np.random.default_rng(seed)
    values = grid(random.normal(size=(count * 10, 5)))
    wanted = values @ np.array([1.0, -0.8, 0.5, 0.0, 0.3]) + random.normal(0, 0.7, len(values))
    relevance = np.digitize(wanted, [0.5, 1.5, 2.5])
    test = 1000
    whole = Split(values[:-test], relevance[:-test], values[-test:], relevance[-test:])
    groups = np.repeat(np.arange(count), 10)
    return whole, groups[:-test], groups[-test:]


def places(rows: int = 2400, labels: int = 30, seed: int = 6) -> tuple[Split, np.ndarray]:
    """Points about the places of their labels, and the role of each row to be judged: gallery or query."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(labels, 12)) * 1.2
    found = random.integers(0, labels, rows)
    values = grid(centres[found] + random.normal(0, 1.1, (rows, 12)))
    whole = Split(values[:-600], found[:-600], values[-600:], found[-600:])
    return whole, np.array(["gallery", "query", "query"] * 200)


def waves(rows: int = 2400, length: int = 24, seed: int = 8) -> Split:
    """Series of three channels, fast ones (1) and slow ones (0)."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, rows)
    pace = np.where(labels == 1, 0.55, 0.4)[:, None, None] + random.normal(0, 0.06, (rows, 1, 1))
    start = random.uniform(0, 6, (rows, 1, 3))
    series = np.sin(start + pace * np.arange(length)[None, :, None]) + random.normal(
        0, 0.6, (rows, length, 3)
    )
    return split(grid(series), labels)
