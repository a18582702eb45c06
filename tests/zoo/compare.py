"""Every figure of the product beside the library's own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from zoo.course import Passage
from zoo.material import Figure


def compare(passage: Passage) -> None:
    """Fill in `rows`, and name as faults what differs by more than the tolerance, or was not computed."""
    first, second = passage.specimen.figures
    for figure in second:
        _row(
            passage,
            f"{figure.named}, version 2",
            figure.value,
            observed(passage.findings[1], figure, levels=True),
        )
    for figure in first:
        if figure.rule in _written(passage):
            value = observed(passage.findings[0], figure, levels=False)
            _row(passage, f"{figure.named}, version 1", figure.value, value)
            gap = difference(passage.findings[1], figure)
            later = next(other.value for other in second if other.rule == figure.rule)
            _row(passage, f"{figure.named}, version 2 less 1", later - figure.value, gap)


def _written(passage: Passage) -> list[dict[str, Any]]:
    """The metrics that `new model` wrote rules about, without parameters."""
    return [f.rule for f in passage.specimen.figures[0] if f"{{metric: {f.named}, " in passage.model_yaml]


def _row(passage: Passage, name: str, wanted: float, found: float | None) -> None:
    if found is None:
        passage.faults.append(f"{name}: not computed")
        return
    passage.rows.append((name, wanted, found))
    if not math.isclose(wanted, found, rel_tol=0, abs_tol=passage.specimen.tolerance * max(1.0, abs(wanted))):
        passage.faults.append(f"{name}: {found:.6f}, and {passage.specimen.library} has {wanted:.6f}")


def observed(findings: Sequence[dict[str, Any]], figure: Figure, *, levels: bool) -> float | None:
    """What a level rule about the metric observed: of those added for the zoo, or of the owner's own."""
    for one in findings:
        if one["check"] != "quality" or one["observed"] is None:
            continue
        mine = abs(one["threshold"] or 0) == 1e9
        own = one["production"] is None
        if one["message"].startswith(f"{_words(figure)} at ") and (mine if levels else own):
            return float(one["observed"])
    return None


def difference(findings: Sequence[dict[str, Any]], figure: Figure) -> float | None:
    """The difference to production that a rule about the metric observed."""
    for one in findings:
        if one["check"] == "quality" and one["message"].startswith(
            f"{_words(figure)} not worse than production"
        ):
            return None if one["observed"] is None else float(one["observed"])
    return None


def _words(figure: Figure) -> str:
    """How a finding's message begins, by the product's own naming of a metric with parameters."""
    from sluicegate.validators.evaluation.quality_rule import rule_of

    rule = rule_of(figure.rule["metric"])(**figure.rule, at_least=0)
    return str(rule).removesuffix(" at least 0")
