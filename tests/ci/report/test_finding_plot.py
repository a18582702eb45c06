from __future__ import annotations

import math

import pytest

from sluicegate.ci.report.finding_plot import finite, plot
from sluicegate.validators.runner.finding import Finding, Verdict


def measured(**figures: object) -> Finding:
    settings = {"observed": 0.671, "interval": (0.665, 0.677), "threshold": 0.64, **figures}
    return Finding("quality", Verdict.PASS, "roc_auc", "flight-delay", **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, 1.0), (0.5, 0.5), (math.inf, None), (math.nan, None), ("1", None), (None, None)],
)
def test_only_a_finite_number_is_drawn(value: object, expected: float | None) -> None:
    assert finite(value) == expected


def test_the_plot_names_what_it_shows() -> None:
    drawn = plot(measured(), "plot-0")
    assert "flight-delay quality: observed 0.671 [0.665, 0.677]</title>" in drawn
    assert "threshold 0.64, production –</desc>" in drawn
    assert ">threshold</text>" in drawn


def test_production_is_not_on_the_axis_of_a_difference_from_it() -> None:
    """Beside a threshold the observed figure is one; both could be near each other by chance."""
    for production in (0.60, 0.9):
        assert ">production</text>" not in plot(measured(production=production), "p")
        assert f"production {production}" in plot(measured(production=production), "p")
    assert ">production</text>" in plot(measured(production=0.9, threshold=None), "p")


def test_the_colour_is_the_verdicts() -> None:
    failed = Finding("c", Verdict.FAIL, "", "m", observed=1.0, interval=(0.5, 1.5), threshold=2.0)
    assert "var(--good)" in plot(measured(), "p") and "var(--bad)" in plot(failed, "p")


def test_an_open_end_of_the_interval_reaches_the_edge() -> None:
    assert "<svg" in plot(measured(interval=(-math.inf, 0.677)), "p")
