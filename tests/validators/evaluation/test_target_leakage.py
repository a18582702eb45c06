"""A column that is the label tells all of it, in whatever code; one that only helps does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sluicegate.validators.evaluation.target_leakage import told_labels

LIMIT = 0.99
ROWS = (600, 400)


def told(columns, labels, rows=ROWS) -> float:
    """How much the column tells: both samples are drawn as one, and cut."""
    frame = pd.DataFrame({"x": columns})
    cut = rows[0]
    parts = (frame[:cut], frame[cut:].reset_index(drop=True))
    targets = (labels[:cut], labels[cut:])
    return max(one.share for one in told_labels(parts, ["x"], targets, ["y"]))


RANDOM = np.random.default_rng(3)
YES = RANDOM.integers(0, 2, sum(ROWS))
KIND = RANDOM.integers(0, 4, sum(ROWS))
PRICE = RANDOM.gamma(3.0, 100.0, sum(ROWS))
SEVERAL = np.stack([YES, RANDOM.integers(0, 2, sum(ROWS))], axis=1)


@pytest.mark.parametrize(
    ("columns", "labels"),
    [
        (YES, YES),
        (1 - YES, YES),
        (np.where(YES == 1, "late", "on time"), YES),
        (np.where(YES == 1, RANDOM.choice(["a", "b"], len(YES)), "c"), YES),
        (YES * 15.0 + RANDOM.random(len(YES)), YES),
        (np.where(YES == 1, np.nan, 5.0), YES),
        (np.array([3, 0, 2, 1])[KIND], KIND),
        (PRICE, PRICE),
        (PRICE * -2.5 + 7, PRICE),
        (np.log(PRICE), PRICE),
        (PRICE, np.round(PRICE)),
        ([f"{kind}" for kind in KIND], KIND.astype(float)),
        (list(np.stack([RANDOM.normal(size=len(YES)), YES], axis=1)), YES),
        (SEVERAL[:, 1], SEVERAL),
    ],
)
def test_a_copy_tells_all(columns, labels) -> None:
    assert told(columns, labels) > LIMIT


@pytest.mark.parametrize(
    ("columns", "labels"),
    [
        (RANDOM.normal(size=len(YES)), YES),
        (YES + RANDOM.normal(size=len(YES)) * 0.4, YES),
        (np.arange(len(YES)), YES),
        ([f"user {number}" for number in range(len(YES))], YES),
        (np.where(RANDOM.random(len(YES)) < 0.03, 1 - YES, YES), YES),
        (PRICE + RANDOM.normal(size=len(PRICE)), PRICE),
        (np.round(PRICE, -2), PRICE),
        (list(RANDOM.normal(size=(len(YES), 6))), YES),
        (np.zeros(len(YES)), YES),
    ],
)
def test_a_column_that_helps_does_not_tell_all(columns, labels) -> None:
    assert told(columns, labels) < LIMIT


def test_the_most_common_label_is_no_knowledge() -> None:
    rare = (np.arange(1000) % 100 == 0).astype(int)
    assert told(np.zeros(1000), rare) == 0
    assert told(rare, rare) == 1
