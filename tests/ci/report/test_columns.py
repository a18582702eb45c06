from __future__ import annotations

from sluicegate.ci.report.columns import in_columns


def test_columns_are_as_wide_as_their_longest_text():
    rows = [("a", "name"), ("bbb", "x"), ("", "y")]
    assert in_columns(rows, 40, ()) == [["a    name"], ["bbb  x"], ["     y"]]


def test_what_does_not_fit_is_wrapped_in_its_own_column():
    rows = [("k", "one two three four", "short"), ("l", "5", "six seven eight nine")]
    assert in_columns(rows, 33, (1, 2)) == [
        ["k  one two three   short", "   four"],
        ["l  5               six seven", "                   eight nine"],
    ]


def test_a_narrow_column_leaves_its_rest_to_a_wide_one():
    assert in_columns([("–", "a reason that is long enough")], 28, (0, 1)) == [
        ["–  a reason that is long", "   enough"]
    ]


def test_a_word_that_is_too_long_is_cut_and_not_lost():
    (row,) = in_columns([("x" * 30,)], 10, (0,))
    assert row == ["x" * 12, "x" * 12, "x" * 6]
