"""A column is judged as model.yaml declares it, by the same words for parquet, CSV and numpy's archives."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from support.small_models import FILE, model_spec

from sluicegate.specs.columns import ColumnRule
from sluicegate.specs.model import Data
from sluicegate.specs.yamlio import parse
from sluicegate.validators.checks.columns import input_columns
from sluicegate.validators.evaluation.rows import Rows
from sluicegate.validators.evaluation.tables import declared_types, read_table
from sluicegate.validators.runner.finding import Verdict

TODAY = dt.date(2026, 1, 1)
DECLARED = """\
spec:
  data:
    columns:
      a: {dtype: float32, range: [0, 1]}
      id: {dtype: int64, unique: true}
      seen: {dtype: datetime, max_age: 90d}
      site: {dtype: string, categories: [NA, EU], null_share: 0.5}
"""
RULES = {
    "a": ColumnRule(dtype="float32", range=(0, 1)),
    "id": ColumnRule(dtype="int64", unique=True),
    "seen": ColumnRule(dtype="datetime", max_age="90d"),
    "site": ColumnRule(dtype="string", categories=("NA", "EU"), null_share=0.5),
}


def spec():
    return model_spec(label="b", data=Data(FILE, FILE, "b", columns=RULES))


def table(first: int, **changed) -> pd.DataFrame:
    """Four rows that keep all rules; ids are neighbours above what a float holds."""
    sound = {
        "a": [0.1, 0.2, 0.3, 1.0],
        "b": [0, 1, 0, 1],
        "id": pd.array([2**60 + first, 2**60 + first + 1, None, 2**60 + first + 2], dtype="Int64"),
        "seen": ["2025-11-30", "2025-12-31T08:00:00Z", "2025-12-01", None],
        "site": ["NA", "EU", None, "EU"],
    }
    return pd.DataFrame(sound | changed)


def found(frames, path: Path, suffix: str):
    """What is found of a reference and an evaluation table in files of this kind."""
    samples = []
    for name, frame in zip(("reference", "evaluation"), frames, strict=True):
        file = path / f"{name}{suffix}"
        frame.to_parquet(file) if suffix == ".parquet" else frame.to_csv(file, index=False)
        read = read_table(file, declared_types(spec()), file.name)
        samples.append(Rows(file.name, read, np.array(frame["b"])))
    document = parse(DECLARED.encode(), "models/m/model.yaml")
    return list(input_columns(spec(), document, *samples, TODAY))


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
class TestBothFormats:
    def test_sound_rows_pass(self, suffix: str, tmp_path: Path) -> None:
        (only,) = found((table(0), table(10)), tmp_path, suffix)
        assert only.verdict == Verdict.PASS
        assert only.message == "4 columns of 8 rows hold what model.yaml declares; undeclared: b"

    @pytest.mark.parametrize(
        ("changed", "says", "line"),
        [
            ({"a": [0.1, 7.5, 0.3, 1.0]}, "row 2 of column 'a' holds 7.5, outside of 0 to 1; 1 such row", 4),
            ({"site": ["NA", "US", None, "EU"]}, "row 2 of column 'site' holds 'US', none of its 2 cat", 7),
            ({"site": ["NA", None, None, None]}, "column 'site' has no value in 3 of 4 rows", 7),
            ({"seen": ["2025-09-01"] * 4}, "column 'seen' ends with 2025-09-01 in row 1, and is older", 6),
            ({"id": [7, 8, 2**60, 9]}, "row 3 of column 'id' holds 1152921504606846976, as row 1 of ref", 5),
        ],
    )
    def test_a_broken_rule_is_at_its_line(self, suffix, tmp_path, changed, says, line) -> None:
        (only,) = found((table(0), table(10, **changed)), tmp_path, suffix)
        assert only.verdict == Verdict.FAIL
        assert only.message.startswith(f"evaluation{suffix}: {says}")
        assert (only.path, only.line) == ("models/m/model.yaml", line)
        assert only.remedy

    def test_a_column_that_is_not_there_is_named_with_what_was_meant(self, suffix, tmp_path) -> None:
        frames = (table(0), table(10).rename(columns={"site": "sites"}))
        (only,) = found(frames, tmp_path, suffix)
        assert only.message == f"evaluation{suffix}: has no column 'site'"
        assert (only.line, only.remedy) == (7, "did you mean sites?")


def test_arrays_are_columns(tmp_path: Path) -> None:
    file = tmp_path / "rows.npz"
    np.savez(file, image=np.full((3, 4, 4), 300, dtype=np.int64), b=np.array([0, 1, 0]))
    frame = read_table(file, {}, file.name)
    rows = Rows(file.name, frame, np.array([0, 1, 0]))
    pixels = {"image": ColumnRule(dtype="uint8")}
    declared = model_spec(label="b", data=Data(FILE, FILE, "b", columns=pixels))
    document = parse(b"spec: {data: {columns: {image: {dtype: uint8}}}}", "model.yaml")
    findings = list(input_columns(declared, document, rows, rows, TODAY))
    assert [finding.message for finding in findings] == [
        "rows.npz: row 1 of column 'image' holds 300, which does not fit uint8; 3 such rows"
    ] * 2


def test_without_declarations_nothing_is_compared() -> None:
    (only,) = input_columns(model_spec(), SimpleNamespace(), SimpleNamespace(), SimpleNamespace(), TODAY)
    assert only.verdict == Verdict.SKIPPED
