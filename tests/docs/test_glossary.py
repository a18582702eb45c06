"""docs/glossary.md has the words that the output uses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from sluicegate.gate.core.decision import DecisionKind
from sluicegate.validators.runner.finding import Verdict

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ")]
TERMS = {re.sub(r" \(.*\)", "", row.split("|")[1].strip()) for row in ROWS}


@pytest.mark.parametrize("term", [*map(str, Verdict), *get_args(DecisionKind), "verdict", "decision"])
def test_each_verdict_and_decision_is_explained(term: str) -> None:
    assert term in TERMS


@pytest.mark.parametrize(
    "term",
    ["failure rate", "rate difference", "margin", "non-inferior", "harmful", "weight", "step", "baseline"],
)
def test_the_words_of_a_decision_are_explained(term: str) -> None:
    assert term in TERMS


def test_every_row_has_the_cells_of_its_heading() -> None:
    cells = 0
    for line in TEXT.splitlines():
        if line.startswith("|---"):
            cells = line.count("|")
        elif line.startswith("| ") and cells:
            assert line.count("|") == cells, line
        elif not line:
            cells = 0
