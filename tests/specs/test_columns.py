"""What model.yaml may declare of a column, and what contradicts itself."""

from __future__ import annotations

import pytest

from sluicegate.specs.columns import ColumnRule, DataLimits
from sluicegate.specs.shape import STRICT, Shape
from sluicegate.specs.yamlio import parse


def read(text: str):
    """A column's rule as model.yaml has it, or the problems of it in words."""
    document = parse(text.encode(), "model.yaml")
    rule, problems = RULE.read(document, document.value)
    return rule if rule is not None else [str(problem) for problem in problems]


class _Strict(ColumnRule):
    __pydantic_config__ = STRICT


RULE = Shape(_Strict)


@pytest.mark.parametrize(
    "text",
    [
        "{dtype: float64, range: [0, 6000]}",
        "{range: [null, 0.5]}",
        "{dtype: uint64, range: [9223372036854775807, null]}",
        "{categories: [AA, DL]}",
        "{categories: [1, 2.5, true]}",
        "{dtype: string, null_share: 0.1, unique: true}",
        '{dtype: datetime, range: ["2024-01-01", "2024-12-31T23:59:59Z"], max_age: 90d}',
    ],
)
def test_a_rule_is_read(text: str) -> None:
    assert isinstance(read(text), ColumnRule)


def test_a_bound_keeps_all_its_digits() -> None:
    assert read("{range: [9007199254740993, null]}").range == (9007199254740993, None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{range: [5, 1]}", "the lowest value first"),
        ('{dtype: datetime, range: ["2024-02-01", "2024-01-01"]}', "the lowest value first"),
        ("{range: [null, null]}", "a lowest or a highest value"),
        ("{range: [1, 2, 3]}", "at most 2 items"),
        ("{dtype: string, range: [0, 1]}", "a string has no range; name its categories"),
        ("{dtype: datetime, range: [0, 1]}", "moments in quotes where dtype is datetime"),
        ('{dtype: int64, range: ["a", "b"]}', "and else numbers"),
        ('{dtype: datetime, range: ["soon", null]}', "Invalid isoformat string"),
        ('{dtype: datetime, range: ["9999-12-31", null]}', "between the years 1678 and 2261"),
        ("{max_age: 90d}", "max_age is of a column with dtype: datetime"),
        ("{dtype: datetime, max_age: soon}", "has the wrong form"),
        ("{categories: []}", "at least 1 item"),
        ("{null_share: 2}", "less than or equal to 1"),
        ("{dtype: float}", "float"),
        ("{nullshare: 0}", "null_share"),
    ],
)
def test_what_no_column_can_keep_is_refused(text: str, says: str) -> None:
    assert says in "\n".join(read(text))


def test_limits_that_need_deepchecks_are_off_until_somebody_writes_them() -> None:
    limits = DataLimits()
    assert (limits.feature_label_correlation, limits.outliers, limits.weak_segments) == (None, None, None)
