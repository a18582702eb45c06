"""Rows that come twice, whatever the type of their columns, and how many of them chance explains."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from sluicegate.validators.evaluation.overlap import most_by_chance, overlap

LIMIT = 0.01
Draw = Callable[[np.random.Generator, int], pd.DataFrame]


@pytest.mark.parametrize(
    ("reference", "evaluation", "expected"),
    [
        ([1, 2], [1.0, 5.0], 0.5),
        (["a", "b"], ["c", "b"], 0.5),
        ([[1, 2], [3, 4]], [[3, 4], [1, 2]], 1.0),
        ([[1, 2], [3, 4]], [[2, 1], [4, 3]], 0.0),
        ([2**53, 2**60], [2**53 + 1, 2**60 + 1], 0.0),
    ],
)
def test_rows_that_both_samples_have_are_counted(reference, evaluation, expected) -> None:
    found = overlap(pd.DataFrame({"x": reference}), pd.DataFrame({"x": evaluation}), ["x"], [])
    assert found.shared.mean() == expected


def one(table: pd.DataFrame, *inputs: str):
    return overlap(table, table, inputs, ["y"])


def test_equal_inputs_with_another_label_are_counted() -> None:
    table = pd.DataFrame({"x": [1.5, 1.5, 2, 2], "note": ["a", "b", "c", "d"], "z": 0, "y": [0, 1, 1, 1]})
    assert one(table, "x", "z").conflicting(table["y"].tolist()).tolist() == [True, True, False, False]
    assert not one(table, "x", "z", "note").conflicting(table["y"].tolist()).any()


def test_a_row_with_a_value_of_its_own_is_a_copy_where_it_comes_again() -> None:
    table = pd.DataFrame({"x": [0.25, 0.25, 0.5, 1.0], "z": [1, 1, 1, 2], "y": [0, 0, 1, 1]})
    assert one(table, "x", "z").copies(0).tolist() == [False, True, False, False]


def test_rows_of_values_that_others_have_may_come_again() -> None:
    table = pd.DataFrame({"x": [1, 1, 1, 2, 2], "z": [1, 1, 2, 1, 2], "y": [0, 1, 0, 0, 0]})
    found = one(table, "x", "z")
    assert found.by_chance[0].all()
    assert not found.copies(0).any()
    assert not found.conflicting(table["y"].tolist()).any()


def choices(random: np.random.Generator, rows: int) -> pd.DataFrame:
    """Five answers of four."""
    columns = {f"q{number}": random.integers(0, 4, rows) for number in range(5)}
    return pd.DataFrame(columns | {"y": random.integers(0, 2, rows)})


def clicks(random: np.random.Generator, rows: int) -> pd.DataFrame:
    """Users and items, some much more often than others."""
    popular = 1 / np.arange(1, 201) ** 0.8
    pick = {name: random.choice(200, rows, p=popular / popular.sum()) for name in ("user", "item")}
    return pd.DataFrame(pick | {"y": random.integers(0, 2, rows)})


def flowers(random: np.random.Generator, rows: int) -> pd.DataFrame:
    """Three lengths, to a tenth."""
    lengths = {f"l{number}": random.normal(size=rows).round(1) for number in range(3)}
    return pd.DataFrame(lengths | {"y": random.integers(0, 3, rows)})


def measured(random: np.random.Generator, rows: int) -> pd.DataFrame:
    """A quantity beside answers."""
    return choices(random, rows).assign(weight=random.normal(size=rows))


TIMES = 60


def refused(draw: Draw, sizes: tuple[int, int], *, leaked: float = 0, copies: int = 1) -> float:
    """How often the samples would be refused; `leaked` evaluation rows are the reference's."""
    random = np.random.default_rng(7)
    count = 0
    for _ in range(TIMES):
        reference, evaluation = draw(random, sizes[0]), draw(random, sizes[1])
        same = int(leaked * sizes[1])
        evaluation = pd.concat([reference[:same], evaluation[same:]], ignore_index=True)
        reference = pd.concat([reference] * copies, ignore_index=True)
        inputs = [name for name in reference if name != "y"]
        found = overlap(reference, evaluation, inputs, ["y"])
        count += found.shared.mean() > LIMIT + found.shared_by_chance / sizes[1]
    return count / TIMES


@pytest.mark.parametrize("draw", [choices, clicks, flowers, measured])
@pytest.mark.parametrize("sizes", [(600, 600), (75, 75), (2000, 300), (300, 2000)])
def test_sound_samples_of_few_values_are_let_through(draw: Draw, sizes) -> None:
    assert refused(draw, sizes) <= 0.02


def test_leaked_rows_of_a_measured_quantity_are_found_also_where_the_reference_repeats_its_rows() -> None:
    assert refused(measured, (600, 600), leaked=0.02) == 1
    assert refused(measured, (600, 600), leaked=0.02, copies=5) == 1


def test_leaked_rows_of_few_values_are_found_beyond_chance() -> None:
    assert refused(flowers, (600, 600), leaked=0.1) == 1
    assert refused(choices, (600, 600), leaked=0.3) == 1


def test_no_hit_in_few_trials_is_not_taken_for_never() -> None:
    assert most_by_chance(0, 75, 75) > 1
    assert most_by_chance(0, 100_000, 75) <= 1
    assert most_by_chance(0, 0, 75) == 0
