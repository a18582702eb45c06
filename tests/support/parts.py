"""Findings of a check that shows one figure for each part of a model."""

from __future__ import annotations

from sluicegate.validators.runner.finding import Finding, Verdict


def parts(*names: str) -> tuple[Finding, ...]:
    """What a check of parts finds, and what it says of all of them."""
    figures = {"observed": 0.2, "interval": (0.1, 0.3), "production": 0.5, "production_interval": (0.4, 0.6)}
    whole = Finding("column-importance", Verdict.PASS, "1 of 2 columns changed", "m")
    each = (
        Finding("column-importance", Verdict.PASS, f"{name}: changed", "m", part=name, **figures)
        for name in names
    )
    return (whole, *each)
