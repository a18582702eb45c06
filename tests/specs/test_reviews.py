"""What a review is about: one head, until its day, and exactly the files that the person saw."""

from __future__ import annotations

from datetime import date

import pytest
from support.reviews import review

from sluicegate.specs.reviews import Review, approvals_of

TODAY = date(2025, 3, 2)
TREE = "b" * 40


@pytest.mark.parametrize(
    ("head", "until", "counts"),
    [
        ("a" * 40, None, True),
        ("a" * 40, "2025-03-02", True),
        ("a" * 40, "2025-03-01", False),
        ("c" * 40, None, False),
    ],
)
def test_it_counts_for_its_head_and_through_its_last_day(head: str, until: str | None, counts: bool) -> None:
    assert review(until=until).counts(head, TODAY) is counts


def test_each_person_approves_once_and_the_oldest_is_named() -> None:
    again, first, other = review(3), review(1), review(2, by="@pia", user=13)
    assert approvals_of([again, other, first], "m", TREE) == [first, other]


@pytest.mark.parametrize(
    "other",
    [
        review(author=True),
        review(kind="override", check="quality"),
        review(models={"m": "c" * 40}),
        review(models={"n": TREE}),
    ],
    ids=["its author", "an override", "other files", "another model"],
)
def test_what_approves_no_such_files(other: Review) -> None:
    assert approvals_of([other], "m", TREE) == []


def test_it_is_said_in_one_line() -> None:
    assert review().said == "approved by @olga on 2025-03-01 in #7: why"
    assert review(kind="override", check="quality", reason="").said == (
        "quality overridden by @olga on 2025-03-01 in #7"
    )
