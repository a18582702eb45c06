from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluicegate.specs.yamlio.scalars import ScalarRefused, value_of


@pytest.mark.parametrize(
    ("texts", "value"),
    [
        (("", "~", "null", "Null", "NULL"), None),
        (("true", "True", "TRUE"), True),
        (("false", "False", "FALSE"), False),
        (("5", "+5"), 5),
        (("-0", "0"), 0),
        (("1.5", "+1.5", "15e-1"), 1.5),
        ((".5", "0.5", "5E-1"), 0.5),
    ],
)
def test_the_core_schema(texts: tuple[str, ...], value: Any) -> None:
    for text in texts:
        assert value_of(text) == value
        assert type(value_of(text)) is type(value)


@pytest.mark.parametrize(
    "text", ["nULL", "tRUE", "nil", "None", "1.2.3", "e5", "-", ".", "2026-11-21", "1 000"]
)
def test_what_resembles_a_value_is_text(text: str) -> None:
    assert value_of(text) == text


@pytest.mark.parametrize(
    "text", ["yes", "No", "ON", "off", "0755", "0x1F", "0o17", "0b1", "1_000", "12:30", "12:30:45", "-0x1"]
)
def test_what_two_versions_of_yaml_read_differently_is_refused(text: str) -> None:
    with pytest.raises(ScalarRefused, match="means different things"):
        value_of(text)


@pytest.mark.parametrize("text", [".nan", ".NaN", ".inf", "-.INF", "1e999", "-1e999"])
def test_a_number_that_is_not_finite_is_refused(text: str) -> None:
    with pytest.raises(ScalarRefused, match="not a finite number"):
        value_of(text)


def test_whole_numbers_are_those_of_64_bits() -> None:
    assert value_of("9223372036854775807") == 2**63 - 1
    for text in ("9223372036854775808", "-9223372036854775808", "1" * 5000):
        with pytest.raises(ScalarRefused, match="too large"):
            value_of(text)


@given(st.one_of(st.integers(-(2**63) + 1, 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False)))
def test_a_number_that_was_written_reads_back(number: float) -> None:
    assert value_of(repr(number)) == number
