from __future__ import annotations

from sluicegate.specs.buckets import LATENCY_MS, LATENCY_SECONDS, SCORE_BOUNDS


def test_every_bound_of_the_gate_is_one_of_our_own_histograms() -> None:
    assert LATENCY_MS == (5, 10, 20, 50, 100, 200, 500, 1000, 2000)
    assert {bound / 1000 for bound in LATENCY_MS} <= set(LATENCY_SECONDS)


def test_bounds_rise() -> None:
    for bounds in (LATENCY_MS, LATENCY_SECONDS, SCORE_BOUNDS):
        assert list(bounds) == sorted(set(bounds))


def test_bounds_read_as_prometheus_writes_them() -> None:
    assert [str(bound) for bound in LATENCY_SECONDS] == [
        "0.001", "0.002", "0.005", "0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1.0", "2.0",
    ]  # fmt: skip
