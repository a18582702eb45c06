import numpy as np
import pytest

from sluicegate.validators.evaluation.timing import BLOCKS, Times


def blocks(seed, median, spread):
    """Calls whose time wanders from block to block, as on a busy machine."""
    random = np.random.default_rng(seed)
    return median * np.exp(spread * random.normal(size=(BLOCKS, 20)))


def test_a_busy_machine_moves_the_milliseconds_and_not_the_ratio():
    inside = 0
    for seed in range(60):
        weather = np.exp(np.random.default_rng(seed).normal(size=(BLOCKS, 1)))
        pair = [blocks(seed + 100, 0.003, 0.1) * weather, blocks(seed + 200, 0.002, 0.1) * weather]
        ratio = Times(np.stack(pair)).ratio()
        assert ratio.value == pytest.approx(1.5, rel=0.05)
        assert ratio.upper - ratio.lower < 0.1
        inside += ratio.lower < 1.5 < ratio.upper
    assert 0.87 <= inside / 60 <= 1


def test_percentiles_are_in_milliseconds_within_their_interval():
    times = Times(blocks(4, 0.010, 0.2)[None])
    for q in (50, 95, 99):
        found = times.percentile(0, q)
        assert found.lower <= found.value <= found.upper
        assert found.value == pytest.approx(np.percentile(times.seconds[0] * 1e3, q))
    assert times.percentile(0, 50).value == pytest.approx(10, rel=0.05)
