from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sluicegate.specs.release import Baseline, Traffic

NINE = datetime(2026, 11, 21, 9, tzinfo=UTC)


def test_the_counting_of_a_gate_began_at_its_last_reset() -> None:
    later = NINE + timedelta(minutes=5)
    baseline = Baseline(NINE, Traffic(0, 0), {}, {"error_rate": later})
    assert baseline.began("error_rate") == later
    assert baseline.began("slow_requests") == NINE
