"""Columns of lists drift by the mean or the spread of their rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from sluicegate.validators.evaluation.list_drift import list_drift


def column(seed: int, *, shift: float = 0.0, scale: float = 1.0) -> pd.DataFrame:
    values = np.random.default_rng(seed).normal(shift, scale, (500, 16))
    return pd.DataFrame({"s": list(values), "n": 0.0})


def test_the_same_kind_of_rows_hardly_drifts_and_single_numbers_are_left_out() -> None:
    found = list_drift(["s", "n"], column(1), column(2))
    assert list(found) == ["s"]
    assert found["s"] < 0.1


@pytest.mark.parametrize(("changed", "summary"), [({"shift": 0.5}, np.mean), ({"scale": 1.5}, np.std)])
def test_a_shift_or_a_larger_spread_is_the_distance_of_its_summary(changed, summary) -> None:
    old, new = column(1), column(2, **changed)
    distance = ks_2samp(*(summary(np.stack(table["s"]), axis=1) for table in (old, new))).statistic
    assert list_drift(["s"], old, new)["s"] == pytest.approx(distance)
    assert distance > 0.4
