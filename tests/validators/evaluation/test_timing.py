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
        assert found.value == times.milliseconds(0, q)
        assert found.value == pytest.approx(np.percentile(times.seconds[0] * 1e3, q))
    assert times.percentile(0, 50).value == pytest.approx(10, rel=0.05)


def test_a_few_interrupted_blocks_move_neither_the_ratio_nor_its_interval():
    pair = np.stack([blocks(1, 0.003, 0.05), blocks(2, 0.002, 0.05)])
    calm = Times(pair.copy()).ratio()
    pair[0, :6] *= 30
    interrupted = Times(pair).ratio()
    assert interrupted.value == pytest.approx(calm.value, rel=0.05)
    assert interrupted.upper < 1.6
    assert Times(pair).unrest > 10 > 2 > Times(pair[:, 6:]).unrest


def test_the_slowdown_is_in_milliseconds_and_runs_can_be_joined():
    pair = Times(np.stack([blocks(1, 0.003, 0.05), blocks(2, 0.002, 0.05)]))
    loss = pair.slowdown()
    assert loss.lower < loss.value < loss.upper
    assert loss.value == pytest.approx(1, abs=0.1)
    both = pair.joined(pair)
    assert both.seconds.shape[1] == 2 * BLOCKS
    assert both.ratio().upper - both.ratio().lower < pair.ratio().upper - pair.ratio().lower
