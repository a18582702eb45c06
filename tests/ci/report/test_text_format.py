from __future__ import annotations

import math
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from sluicegate.ci.report.text_format import clean, number, observed, place, traffic_impact, versions
from sluicegate.validators.runner.finding import Finding, Report, Verdict


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


def test_an_interval_stands_beside_its_value() -> None:
    assert observed(Finding("c", Verdict.PASS, "", observed=0.5, interval=(0.25, 0.75))) == "0.5 [0.25, 0.75]"


def test_a_place_leaves_out_what_is_unknown() -> None:
    assert place(Finding("c", Verdict.PASS, "", path="a/b", line=3)) == "a/b:3"
    assert place(Finding("c", Verdict.PASS, "")) == ""


def test_versions_in_words() -> None:
    report = Report((), 0, versions={"a": (2, 3), "b": (None, 1), "c": (1, 1), "d": (4, None)})
    assert [versions(report, m) for m in "abcde"] == ["2 → 3", "new → 1", "1, unchanged", "4 → none", ""]


def test_the_impact_on_traffic() -> None:
    good, bad = Finding("c", Verdict.PASS, "", "a"), Finding("c", Verdict.FAIL, "", "a")
    models = {"a": Verdict.PASS}
    moving = Report((good,), 0, models=models, versions={"a": (1, 2)})
    assert traffic_impact(moving) == "a merge starts the release of a (1 → 2), step by step"
    assert traffic_impact(Report((good,), 0, models=models)) == "no traffic moves: no version changes"
    assert traffic_impact(Report((bad, bad), 0)) == "no traffic moves: refused by 2 findings"
