"""The first `data.columns`: what both samples show, which they keep."""

from __future__ import annotations

import datetime as dt
import decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from sluicegate.ci.scaffold.columns import column_lines
from sluicegate.ci.scaffold.new_model import NewModel
from sluicegate.specs.columns import ColumnRule
from sluicegate.validators.evaluation.column_rules import column_faults
from sluicegate.validators.evaluation.tables import read_table

INPUTS = [{"name": "x", "dtype": "float32", "columns": ["distance", "gap"]}]


def table(seed: int, rows: int = 200) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "distance": random.uniform(80.5, 5999.2, rows),
            "gap": np.where(np.arange(rows) % 50 == 0, np.nan, random.normal(size=rows)),
            "country": random.choice(["NA", "EU"], rows),
            "note": [f"note {seed} {number}" for number in range(rows)],
            "ticket": 2**60 + seed * rows + np.arange(rows),
            "seen": [f"2024-01-{day:02}" for day in random.integers(1, 29, rows)],
            "paid": random.integers(0, 2, rows).astype(bool),
            "late": random.integers(0, 2, rows),
        }
    )


def files(folder: Path, suffix: str) -> tuple[Path, Path]:
    paths = (folder / f"reference{suffix}", folder / f"evaluation{suffix}")
    for seed, path in enumerate(paths):
        frame = table(seed)
        frame.to_csv(path, index=False) if suffix == ".csv" else frame.to_parquet(path)
    return paths


def written(folder: Path, suffix: str, notes: list[str]) -> dict[str, dict]:
    reference, evaluation = files(folder, suffix)
    new = NewModel("m", reference, reference, evaluation, ("@me",))
    lines = column_lines(new, INPUTS, ("late",), notes)
    return yaml.safe_load("\n".join(lines))["columns"]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_each_column_is_declared_as_both_samples_show_it(suffix: str, tmp_path: Path) -> None:
    columns = written(tmp_path, suffix, [])
    low, high = columns["distance"].pop("range")
    assert 80 <= low < 200
    assert 5900 < high <= 6000
    assert columns["distance"] == {"dtype": "float32", "null_share": 0}
    assert columns["gap"]["null_share"] == 0.02
    assert columns["country"] == {"dtype": "string", "categories": ["EU", "NA"], "null_share": 0}
    assert columns["note"] == {"dtype": "string", "null_share": 0, "unique": True}
    assert columns["ticket"]["unique"] is True
    assert columns["seen"] == {"dtype": "datetime", "null_share": 0}
    assert columns["paid"] == {"dtype": "bool", "null_share": 0}
    assert columns["late"] == {"dtype": "int64", "range": [0, 1], "null_share": 0}


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_both_samples_keep_what_is_written(suffix: str, tmp_path: Path) -> None:
    columns = written(tmp_path, suffix, [])
    kinds = {"country": "words", "note": "words", "seen": "words"}
    for path in files(tmp_path, suffix):
        frame = read_table(path, kinds, path.name)
        for name, rule in columns.items():
            typed = {key: tuple(value) if isinstance(value, list) else value for key, value in rule.items()}
            assert not list(column_faults(frame[name], ColumnRule(**typed), dt.date(2026, 1, 1))), name


def test_a_table_of_very_many_columns_is_left_to_a_person(tmp_path: Path) -> None:
    path = tmp_path / "wide.parquet"
    pd.DataFrame({f"c{number}": [1.0, 2.0] for number in range(201)}).to_parquet(path)
    notes: list[str] = []
    assert column_lines(NewModel("m", path, path, path, ("@me",)), [], (), notes) == []
    assert notes == ["data.columns is left out: 201 columns; declare those that matter"]


def test_types_of_a_database_are_declared_as_the_numbers_that_they_are(tmp_path: Path) -> None:
    """Decimals are numbers; identifiers beyond 2**63 have no range; durations and structs have no rule."""
    path = tmp_path / "table.parquet"
    pd.DataFrame(
        {
            "price": [decimal.Decimal("1.25"), decimal.Decimal("3.50")] * 50,
            "count": [decimal.Decimal(2), decimal.Decimal(7)] * 50,
            "id": np.uint64(2**63) + np.arange(100, dtype=np.uint64),
            "took": pd.to_timedelta(np.arange(100), unit="s"),
            "meta": [{"a": 1}] * 100,
            "empty": [None] * 100,
        }
    ).to_parquet(path)
    notes: list[str] = []
    lines = column_lines(NewModel("m", path, path, path, ("@me",)), [], (), notes)
    columns = yaml.safe_load("\n".join(lines))["columns"]
    assert columns["price"] == {"dtype": "float64", "range": [1.25, 3.5], "null_share": 0}
    assert columns["count"] == {"dtype": "int64", "range": [2, 7], "null_share": 0}
    assert "range" not in columns["id"]
    assert columns["empty"] == {"dtype": "string", "null_share": 1}
    assert notes == ["data.columns has no type for took, meta, and leaves them out"]
