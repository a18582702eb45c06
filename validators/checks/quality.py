"""Whether the model is good enough, and no worse than what runs now."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from sluicegate.validators.evaluation.reference import ReferenceVersion, policies
from sluicegate.validators.runner.finding import Finding, fail, inconclusive, passed
from sluicegate.validators.runner.registry import check

if TYPE_CHECKING:
    from sluicegate.validators.evaluation.estimates import Estimate
    from sluicegate.validators.evaluation.evaluation_set import EvaluationSet, EvaluationSets

CONFIDENCE = 0.95


@dataclass(frozen=True)
class QualityRule:
    """What the evaluation rows must show: `at_least`, `at_most`, or `not_worse_than: production`."""

    metric: Literal["roc_auc", "accuracy", "recall", "precision", "f1", "log_loss", "brier"]
    at_least: float | None = None
    at_most: float | None = None
    not_worse_than: Literal["production"] | None = None
    margin: Annotated[float, Field(ge=0)] | None = None
    """How much worse than production it may be, in the metric's own unit."""
    per: str | None = None
    """A column of the evaluation rows: each of its values is judged for itself."""
    min_positives: Annotated[int, Field(ge=10)] = 100
    """Segments with fewer positives (rows, for more than two classes) are pooled as `other`."""

    def __post_init__(self) -> None:
        """Raises ValueError for a rule that says nothing, or several things at once."""
        said = [name for name in ("at_least", "at_most", "not_worse_than") if getattr(self, name) is not None]
        if len(said) != 1:
            raise ValueError("name one of at_least, at_most, not_worse_than")
        if (self.margin is None) == (self.not_worse_than is not None):
            raise ValueError("not_worse_than goes with a margin, and a margin with nothing else")
        if self.per is not None and self.not_worse_than is None:
            raise ValueError("per goes with not_worse_than: a level that suits every segment says little")

    def __str__(self) -> str:
        if self.not_worse_than is not None:
            return f"{self.metric} not worse than production by {self.margin:g}" + (
                f", per {self.per}" if self.per else ""
            )
        if self.at_least is not None:
            return f"{self.metric} at least {self.at_least:g}"
        return f"{self.metric} at most {self.at_most:g}"


@check(
    "quality",
    family="quality",
    section="quality",
    parameters=tuple[QualityRule, ...],
    isolated=True,
    remedy="Train a better model; where the rows are too few to say, add evaluation rows.",
)
def quality(
    policy: tuple[QualityRule, ...] | None, exams: EvaluationSets, standing: tuple[ReferenceVersion, ...]
) -> Iterator[Finding]:
    """The model is as good as its rules say, with 95 % confidence, on rows that it has not seen.

    A rule passes when the whole interval is on its good side, fails when none of it is, and is inconclusive
    between. `not_worse_than: production` compares both versions on the very same rows. The rules and rows
    of production and of the base are held against the model as well as its own: nobody sets their own exam.
    Where it cannot be judged on those rows, as when columns were renamed, that is inconclusive, and stays so
    until a waiver of `quality` was merged.

    Per segment, a rule fails where a segment is worse by more than the margin at a confidence that all the
    segments share (Bonferroni). It passes when no segment's estimate is beyond the margin, and the pool of
    all segments shows it with confidence; so noise in a small segment refuses nobody, and a destroyed one
    cannot hide in the average.
    """
    rules = list(dict.fromkeys(rule for each in policies("quality", policy, standing) for rule in each))
    if not rules:
        yield inconclusive("model.yaml has no `quality` rules: nothing says what is good enough")
    for reason in exams.not_evaluated:
        yield inconclusive(reason)
    for exam in exams.parts:
        broken = int((~exam.candidate.finite).sum())
        if broken:
            message = (
                f"{broken:,} of {len(exam.rows):,} rows of {exam.name} get a score that is no finite number"
            )
            yield fail(message, observed=broken, threshold=0)
            continue
        for rule in rules:
            by = "" if rule in (policy or ()) else f" ({_whose(rule, standing)} rule)"
            for finding in _judge(rule, exam):
                yield replace(finding, message=f"{finding.message}{by}, on {exam.name}")


def _whose(rule: QualityRule, standing: tuple[ReferenceVersion, ...]) -> str:
    return next(f"{old.who}'s" for old in standing if rule in (old.spec.sections.get("quality") or ()))


def _judge(rule: QualityRule, exam: EvaluationSet) -> Iterator[Finding]:
    from sluicegate.validators.evaluation.estimates import Undefined, estimate

    try:
        if rule.per is not None:
            yield from _segments(rule, exam)
        elif rule.not_worse_than is not None:
            yield _against_production(rule, exam)
        else:
            found = estimate(rule.metric, exam.rows.labels, exam.answers)
            bound = rule.at_least if rule.at_least is not None else rule.at_most
            yield _verdict(str(rule), found, bound, rising=rule.at_least is not None)
    except Undefined as problem:
        yield inconclusive(f"{rule}: {problem}")


def _verdict(what: str, found: Estimate, bound: float | None, *, rising: bool, **more: Any) -> Finding:
    """Pass, fail or inconclusive by where the whole interval lies."""
    limit = float(bound if bound is not None else math.nan)
    good = found.lower >= limit if rising else found.upper <= limit
    bad = found.upper < limit if rising else found.lower > limit
    judged: Callable[..., Finding] = passed if good else fail if bad else inconclusive
    message = f"{what}: {found.value:.4f} ({found.lower:.4f} to {found.upper:.4f})"
    interval = (found.lower, found.upper)
    return judged(message, observed=found.value, interval=interval, threshold=limit, **more)


def _against_production(rule: QualityRule, exam: EvaluationSet) -> Finding:
    from sluicegate.validators.evaluation.estimates import LOWER_IS_BETTER, difference, estimate

    paired = exam.paired
    if isinstance(paired, Finding):
        return replace(paired, message=f"{rule}: {paired.message}")
    gap = difference(rule.metric, paired.labels, paired.candidate, paired.production)
    before = estimate(rule.metric, paired.labels, paired.production).value
    rising = rule.metric not in LOWER_IS_BETTER
    bound = -(rule.margin or 0) if rising else rule.margin
    what = f"{rule}: production has {before:.4f}, candidate less production"
    return _verdict(what, gap, bound, rising=rising, production=before)


def _segments(rule: QualityRule, exam: EvaluationSet) -> Iterator[Finding]:
    from sluicegate.validators.evaluation.estimates import LOWER_IS_BETTER, Undefined, difference, estimate

    paired, column = exam.paired, rule.per or ""
    if isinstance(paired, Finding):
        yield replace(paired, message=f"{rule}: {paired.message}")
        return
    if column not in exam.rows.frame.columns:
        yield fail(f"{rule}: the evaluation rows have no column {column!r}")
        return
    groups, small = exam.segments(paired, column, rule.min_positives)
    sign = -1 if rule.metric in LOWER_IS_BETTER else 1
    margin = rule.margin or 0.0
    shown: list[tuple[float, str]] = []
    doubtful: list[str] = []
    for name, rows in groups.items():
        part = paired.at(rows)
        confidence = 1 - (1 - CONFIDENCE) / max(len(groups), 1)
        try:
            gap = difference(rule.metric, part.labels, part.candidate, part.production, confidence)
        except Undefined as problem:
            yield inconclusive(f"{rule}: {column} {name}: {problem}")
            continue
        best = gap.upper if sign > 0 else -gap.lower
        words = f"{name} {gap.value:+.4f} ({gap.lower:+.4f} to {gap.upper:+.4f})"
        shown.append((sign * gap.value, words))
        if best < -margin:
            before = estimate(rule.metric, part.labels, part.production).value
            message = f"{rule}: {column} {words}, worse by more than the margin; production has {before:.4f}"
            interval = (gap.lower, gap.upper)
            limit = -sign * margin
            yield fail(message, observed=gap.value, interval=interval, threshold=limit, production=before)
        elif sign * gap.value < -margin:
            doubtful.append(words)
    if doubtful:
        yield inconclusive(f"{rule}: beyond the margin, yet not beyond chance: {', '.join(doubtful)}")
    whole = _against_production(rule, exam)
    listed = f"; not judged, pooled as other: {', '.join(small)}" if small else ""
    worst = f"; worst of {len(groups)}: {min(shown)[1]}" if shown else ""
    yield replace(whole, message=f"{whole.message} over all{worst}{listed}")
