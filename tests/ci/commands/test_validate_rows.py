"""Rows replaced one pull request at a time are no ratchet: those of earlier versions go on being an exam."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd

MODEL = "models/tiny/model.yaml"
ROWS = "models/tiny/data/evaluation.parquet"
FLOOR = "    - {metric: roc_auc, at_least: 0.5}\n"


def replace_rows(work: Any, version: int) -> str:
    """A commit with the next version, whose evaluation rows lack the first one."""
    table: Path = work.root / ROWS
    old = hashlib.sha256(table.read_bytes()).hexdigest()
    pd.read_parquet(table).iloc[1:].to_parquet(table)
    work.edit(MODEL, old, hashlib.sha256(table.read_bytes()).hexdigest())
    work.edit(MODEL, f"version: {version - 1}", f"version: {version}")
    return work.commit()


def test_comparisons_are_made_on_the_rows_of_earlier_versions_as_well(work: Any, sluice: Any) -> None:
    work.edit(MODEL, "    - {metric: roc_auc", FLOOR + "    - {metric: roc_auc")
    first = work.commit()
    second = replace_rows(work, 2)
    work.release("production", "tiny", 2, second, "sha256:" + "0" * 64, before=first)
    work.commit()
    work.git("switch", "--quiet", "-c", "topic")
    replace_rows(work, 3)
    command = ("validate", "-C", work.root, "--changed", "main..topic", "--check", "quality")
    found = json.loads(sluice(*command, "--format", "json").stdout)["findings"]

    def said(whose: str, limit: str) -> int:
        return sum(f"on {whose} rows" in one["message"] and limit in one["message"] for one in found)

    assert said("version 1's", "not worse than production") == said(
        "production's", "not worse than production"
    )
    assert said("version 1's", "not worse than production") > 0
    assert (said("production's", "at least 0.5"), said("version 1's", "at least 0.5")) == (1, 0)
