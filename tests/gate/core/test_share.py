"""The split check: quick to see a wrong split, at any number of evaluations, and quiet about a right one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluicegate.gate.core.share import ALPHA, is_wrong, log_e_share, wrong_windows
from sluicegate.specs.release import Traffic


def test_a_canary_that_gets_nothing_is_seen():
    assert not is_wrong(1, 0, 300)
    assert is_wrong(1, 0, 800)
    assert is_wrong(25, 0, 40)


def test_a_gateway_that_ignores_the_weight_is_seen_at_once():
    assert is_wrong(1, 12, 12)
    assert is_wrong(5, 40, 0)


@pytest.mark.parametrize("weight", [1, 5, 25, 50, 99])
def test_round_robin_is_right_at_every_evaluation(weight):
    for n in range(0, 20_000, 97):
        canary = n * weight // 100
        assert not is_wrong(weight, canary, n - canary)


@pytest.mark.parametrize("weight", [1, 25])
def test_coin_flips_evaluated_600_times_are_not_called_wrong(weight):
    """400 runs at alpha 0.02: on average at most 8 are called wrong at any of them; 20 would be 4 sigma."""
    rng = np.random.default_rng(7)
    canary = np.cumsum(rng.binomial(20, weight / 100, size=(400, 600)), axis=1)
    total = 20 * np.arange(1, 601)
    wrong = sum(
        any(is_wrong(weight, int(c), int(n - c), alpha=0.02) for c, n in zip(run, total, strict=True))
        for run in canary
    )
    assert wrong <= 20


@pytest.mark.parametrize("share", [0.01, 0.3, 0.99])
def test_the_e_value_is_the_ratio_of_the_likelihoods_request_by_request(share):
    """Beta-binomial as a Polya urn: each request's chance is its share of what the urn holds by then."""
    rng, ratio, canary, stable = np.random.default_rng(3), 0.0, 0, 0
    for _ in range(400):
        urn = share + 1 - share + canary + stable
        if rng.random() < 0.4:
            ratio += math.log((share + canary) / urn) - math.log(share)
            canary += 1
        else:
            ratio += math.log((1 - share + stable) / urn) - math.log(1 - share)
            stable += 1
    assert log_e_share(share, canary, stable) == pytest.approx(ratio, abs=1e-9)


@given(st.integers(1, 99), st.integers(0, 10**12))
def test_exact_shares_are_never_wrong(weight, hundreds):
    assert not is_wrong(weight, weight * hundreds, (100 - weight) * hundreds)


def test_windows_are_counted_from_the_one_in_which_the_split_was_first_shown_to_be_wrong():
    right, wrong = Traffic(5, 95), Traffic(50, 50)
    assert wrong_windows(5, []) == 0
    assert wrong_windows(5, [right] * 9) == 0
    assert wrong_windows(5, [wrong]) == 1
    assert wrong_windows(5, [right, right, wrong]) == 1
    assert wrong_windows(5, [right, right, wrong, wrong]) == 2


def test_one_bad_moment_does_not_make_a_split_wrong_for_good():
    right, wrong = Traffic(5, 95), Traffic(50, 50)
    assert wrong_windows(5, [wrong, *[right] * 4]) == 5, "while few windows have passed, what was shown holds"
    assert wrong_windows(5, [wrong, *[right] * 5]) == 0
    assert wrong_windows(5, [right, *[wrong] * 400]) == 400


def test_alpha_is_that_of_the_facts():
    assert ALPHA == 0.001
