from __future__ import annotations

from dataclasses import replace

from support.parts import parts

from sluicegate.ci.report.parts_plot import parts_plot
from sluicegate.validators.runner.finding import Finding

CANDIDATE = "var(--good)"
PRODUCTION = "var(--mark)"


def drawn(findings: list[Finding], colour: str) -> int:
    """How often a plot uses a colour."""
    return parts_plot(findings, "p").count(colour)


def test_each_part_has_a_mark_for_each_version() -> None:
    _, *one = parts("age")
    _, *two = parts("age", "size")
    for colour in (CANDIDATE, PRODUCTION):
        assert drawn(two, colour) > drawn(one, colour) > 0


def test_a_figure_that_is_missing_or_infinite_is_not_drawn() -> None:
    _, whole = parts("age")
    first = replace(whole, production=None, production_interval=None)
    assert (drawn([first], PRODUCTION), drawn([first], CANDIDATE) > 0) == (0, True)
    assert drawn([replace(first, observed=float("inf"))], CANDIDATE) == 0


def test_hostile_names_are_text() -> None:
    _, whole = parts("<script>alert(1)</script>")
    assert "<script>" not in parts_plot([whole], "p")
