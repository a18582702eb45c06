"""Where a monotone function crosses 0: to the bit where halving finds it, with fewer tests."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluicegate.gate.core.crossing import Array, Kinds, crossing, first_to_cross

HALVINGS = 22
SHAPES: dict[str, Callable[[Array], Array]] = {
    "a line": lambda x: x,
    "a steep one": lambda x: 1e9 * x,
    "a cube": lambda x: x**3,
    "a step": lambda x: np.where(x >= 0, 1.0, -1.0),
    "flat above": lambda x: np.minimum(x, 1e-9),
    "infinite at its ends": lambda x: np.where(x > 0.5, np.inf, np.where(x < -0.5, -np.inf, x)),
}


def halved(excess: Callable[[Array], Array], kinds: int, outside: float) -> Array:
    """The plain way: half of what is left, again and again."""
    inside = np.full(kinds, outside)
    beyond = -inside
    for _ in range(HALVINGS):
        middle = (inside + beyond) / 2
        holds = excess(middle) >= 0
        inside, beyond = np.where(holds, middle, inside), np.where(holds, beyond, middle)
    return inside


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("outside", [1.0, -1.0])
@given(roots=st.lists(st.floats(-1.1, 1.1) | st.floats(-1e-4, 1e-4), min_size=1, max_size=10))
def test_it_is_to_the_bit_what_halving_finds(shape: str, outside: float, roots: list[float]):
    where = np.array(roots)

    def excess(points: Array) -> Array:
        return SHAPES[shape](outside * (points - where))

    assert (
        crossing(excess, len(roots), outside, HALVINGS).tolist()
        == halved(excess, len(roots), outside).tolist()
    )


def test_a_function_that_holds_nowhere_or_everywhere_ends_at_an_end():
    assert crossing(lambda x: x * 0 - 1, 1, 1.0, HALVINGS) == [1.0]
    assert crossing(lambda x: x * 0 + 1, 1, 1.0, HALVINGS) == [-1 + 2.0**-21]


def test_a_value_that_is_no_number_is_not_held():
    assert crossing(lambda x: x * np.nan, 1, 1.0, HALVINGS) == [1.0]


def test_evidence_that_levels_off_takes_half_as_many_tests():
    tests: list[Array] = []

    def excess(points: Array) -> Array:
        tests.append(points)
        return 30 * np.tanh(points * 1e3) - 20

    crossing(excess, 1, 1.0, HALVINGS)
    assert len(tests) <= HALVINGS / 2


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("outside", [1.0, -1.0])
@given(
    roots=st.lists(st.floats(-1.1, 1.1) | st.sampled_from([-0.25, 0.25]), min_size=1, max_size=10),
    most=st.none() | st.integers(0, 2**HALVINGS - 1),
)
def test_the_kinds_that_cross_first_are_found_together(
    shape: str, outside: float, roots: list[float], most: int | None
):
    where = np.array(roots)

    def excess(points: Array, kinds: Kinds) -> Array:
        return SHAPES[shape](outside * (points - where[kinds]))

    everything = np.arange(len(roots))
    each = crossing(lambda points: excess(points, everything), len(roots), outside, HALVINGS)
    numbers = ((outside - each) / (2 * outside) * 2**HALVINGS).round().astype(int)

    number, kinds = first_to_cross(excess, len(roots), outside, HALVINGS, most)

    if most is None or numbers.min() <= most:
        assert number == numbers.min()
        assert kinds.tolist() == np.flatnonzero(numbers == number).tolist()
    else:
        assert number > most
        assert not kinds.size


def test_kinds_that_cross_later_are_tested_no_more():
    asked: list[int] = []

    def excess(points: Array, kinds: Kinds) -> Array:
        asked.append(len(kinds))
        return points - np.linspace(-0.9, 0.9, 10)[kinds]

    assert first_to_cross(excess, 10, 1.0, HALVINGS)[1].tolist() == [9]
    assert asked.count(10) <= 3
