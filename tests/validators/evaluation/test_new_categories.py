"""Texts that the reference has not, beside how many chance brings."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sluicegate.validators.evaluation.new_categories import new_categories


def test_new_texts_are_counted_by_row_and_listed_once() -> None:
    new = new_categories(pd.Series(["a", "b"] * 50), pd.Series(["a", "z", "y", "z", None]))
    assert (new.rows, new.values) == (3, ("z", "y"))
    assert new.by_chance == 1


def test_numbers_and_lists_have_no_categories() -> None:
    assert new_categories(pd.Series([1, 2]), pd.Series([3, 4])).rows == 0
    assert new_categories(pd.Series([["a"], ["b"]]), pd.Series([["c"], ["d"]])).rows == 0


def test_any_text_is_new_where_the_reference_has_none() -> None:
    new = new_categories(pd.Series([None, None], dtype=object), pd.Series(["a", "b"]))
    assert (new.rows, new.by_chance) == (2, 0)


def test_free_text_and_rare_words_are_new_by_chance() -> None:
    random = np.random.default_rng(1)
    often = 1 / np.arange(1, 2001)
    words = np.array([f"word {number}" for number in range(2000)])
    beyond = 0
    for _ in range(100):
        drawn = pd.Series(random.choice(words, 1000, p=often / often.sum()))
        new = new_categories(drawn[:600], drawn[600:])
        assert new.rows > 10
        beyond += new.rows > new.by_chance
    assert beyond <= 1
