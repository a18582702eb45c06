from __future__ import annotations

import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluicegate.ci.report.junit_report import OUTCOMES
from sluicegate.ci.report.markdown_report import SIGNS
from sluicegate.ci.report.sarif_report import LEVELS
from sluicegate.ci.report.text_format import MARKS, clean, location, number, observed, quantity
from sluicegate.ci.report.text_report import STYLES
from sluicegate.validators.runner.finding import Finding, Verdict


@given(st.text(), st.integers(2, 50))
def test_clean_text_is_one_short_line_of_visible_characters(text: str, limit: int) -> None:
    cleaned = clean(text, limit)
    assert len(cleaned) <= limit
    assert cleaned == cleaned.strip()
    assert all(unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp") for c in cleaned)


@given(st.text(st.characters(categories=("L", "N", "P", "S")), max_size=40))
def test_visible_text_is_left_as_it_is(text: str) -> None:
    assert clean(text) == text


def test_terminal_sequences_are_removed_whole() -> None:
    assert clean("\x1b[1;31mred\x1b[0m \x1b]8;;http://evil\x07link\x1b]8;;\x1b\\ a\nb") == "red link a b"


def test_a_long_text_costs_no_more_than_its_limit() -> None:
    assert clean("a" * 10_000_000, 10) == "a" * 9 + "…"


def test_numbers() -> None:
    assert [number(v) for v in (None, 0.67123, 2147483648, math.inf, -math.inf, "x\ny")] == [
        "–", "0.6712", "2,147,483,648", "∞", "−∞", "x y",
    ]  # fmt: skip


def test_the_interval_follows_its_value() -> None:
    assert observed(Finding("c", Verdict.PASS, "", observed=0.5, interval=(0.25, 0.75))) == "0.5 [0.25, 0.75]"


def test_a_location_leaves_out_what_is_unknown() -> None:
    assert location(Finding("c", Verdict.PASS, "", path="a/b", line=3)) == "a/b:3"
    assert location(Finding("c", Verdict.PASS, "")) == ""


@pytest.mark.parametrize(("count", "expected"), [(0, "0 findings"), (1, "1 finding"), (12, "12 findings")])
def test_a_quantity_has_the_plural_where_it_is_not_one(count: int, expected: str) -> None:
    assert quantity(count, "finding") == expected


def test_every_verdict_has_a_mark_in_every_rendering() -> None:
    for table in (MARKS, SIGNS, STYLES, LEVELS, {**OUTCOMES, "pass": ""}):
        assert {str(verdict) for verdict in Verdict} <= set(table)
