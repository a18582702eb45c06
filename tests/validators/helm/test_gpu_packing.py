"""The arithmetic against a packer that tries everything."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluicegate.validators.helm.gpu_packing import Need, at_least, canaries, fit, packed, surge


def packs(sizes: list[int], free: list[int]) -> bool:
    """Whether the pods fit, by trying every node for each: the oracle."""
    if not sizes:
        return True
    first, *rest = sizes
    for node in {left: number for number, left in enumerate(free)}.values():
        if first <= free[node]:
            below = [left - first if number == node else left for number, left in enumerate(free)]
            if packs(rest, below):
                return True
    return False


SIZES = st.lists(st.integers(1, 8), max_size=9)


@settings(max_examples=400)
@given(SIZES, st.integers(1, 4), st.integers(1, 8))
def test_what_is_said_to_fit_fits_and_what_is_said_not_to_does_not(sizes, nodes, capacity) -> None:
    answer, why = fit(Counter(sizes), nodes, capacity)
    really = packs(sorted(sizes, reverse=True), [capacity] * nodes)
    assert answer in ({"fits", "unknown"} if really else {"cannot", "unknown"}), (answer, why)


@settings(max_examples=200)
@given(st.lists(st.integers(1, 8), min_size=1, max_size=7))
def test_both_bounds_hold_the_least_number_of_nodes(sizes) -> None:
    least = next(n for n in range(1, len(sizes) + 1) if packs(sorted(sizes, reverse=True), [8] * n))
    assert at_least(Counter(sizes), 8) <= least <= packed(Counter(sizes), 8)


@given(SIZES, st.integers(8, 12))
def test_first_fit_by_sizes_is_first_fit_by_pods(sizes, capacity) -> None:
    free: list[int] = []
    for size in sorted(sizes, reverse=True):
        node = next((number for number, left in enumerate(free) if size <= left), None)
        if node is None:
            free.append(capacity - size)
        else:
            free[node] -= size
    assert packed(Counter(sizes), capacity) == len(free)


@pytest.mark.parametrize(
    ("pods", "nodes", "answer", "why"),
    [
        ({}, 1, "fits", "nothing is asked for"),
        ({4: 1, 2: 2}, 2, "fits", "8 of 8, on 2 of 2 nodes"),
        ({5: 1}, 3, "cannot", "a pod asks for 5, and a node has 4"),
        ({1: 9}, 2, "cannot", "9 of 8"),
        ({3: 3}, 2, "cannot", "9 of 8"),
        ({2: 1, 3: 2}, 2, "cannot", "pods of these sizes take 3 nodes, and there are 2"),
    ],
)
def test_the_reasons(pods, nodes, answer, why) -> None:
    assert fit(pods, nodes, 4) == (answer, why)


def test_what_neither_shows_is_said_so() -> None:
    # {4, 3, 3} twice does; the largest first takes {4, 4}, {3, 3, 3}, {3}.
    answer, why = fit({4: 2, 3: 4}, 2, 10)
    assert answer == "unknown"
    assert why.endswith("packed the largest first these pods take 3 nodes, and there are 2")
    assert packs([4, 4, 3, 3, 3, 3], [10, 10])


@pytest.mark.parametrize(
    ("pods", "strategy", "most", "more"),
    [(3, "RollingUpdate", 1, 1), (3, "RollingUpdate", "25%", 1), (8, "RollingUpdate", "25%", 2),
     (3, "RollingUpdate", 0, 0), (3, "RollingUpdate", "0%", 0), (3, "Recreate", 5, 0),
     (0, "RollingUpdate", 1, 0)],
)  # fmt: skip
def test_a_surge(pods, strategy, most, more) -> None:
    assert surge(pods, strategy, most) == more


@pytest.mark.parametrize("most", ["1", "x%", "%", "5% or so"])
def test_a_surge_that_is_none(most) -> None:
    with pytest.raises(ValueError, match="neither a number nor a percentage"):
        surge(1, "RollingUpdate", most)


def test_pods_of_a_canary() -> None:
    assert [canaries(4, steps) for steps in [(1,), (5, 25), (1, 26), (100,), ()]] == [1, 1, 2, 4, 4]


def test_pods_of_a_canary_and_its_baseline_which_is_there_up_to_33_percent() -> None:
    steps = [(1,), (5, 25), (1, 33, 50), (33, 100), (50, 100), ()]
    assert [canaries(8, weights, baseline=True) for weights in steps] == [2, 4, 6, 8, 8, 8]


def test_a_need_in_words() -> None:
    assert str(Need("flight-delay", "nvidia.com/gpu", 1, 2, 2, 1)) == "flight-delay 2+2+1"
    assert str(Need("taxi-tip", "nvidia.com/gpu", 4, 1, 1, 0)) == "taxi-tip (1+1+0)x4"
    assert Need("taxi-tip", "nvidia.com/gpu", 4, 1, 1, 1).total == 12


def test_a_huge_pool_takes_no_time() -> None:
    assert fit({1: 100_000, 7: 90_000}, 10_000, 8)[0] == "cannot"
    assert fit({1: 9_000, 3: 20_000}, 10_000, 8)[0] == "fits"
