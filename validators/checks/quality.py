"""Whether the model is good enough, and no worse than what runs now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sluicegate.specs.model import ModelSpec
from sluicegate.specs.yamlio import Document
from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.interval import against_limit
from sluicegate.validators.evaluation.metrics.base import Comparison, metrics
from sluicegate.validators.evaluation.quality_rule import QualityRule, section
from sluicegate.validators.evaluation.reference import ReferenceVersion, all_rules
from sluicegate.validators.runner.finding import Finding, Position, Verdict, fail, inconclusive
from sluicegate.validators.runner.registry import check

if TYPE_CHECKING:
    from sluicegate.validators.evaluation.estimates import Estimate
    from sluicegate.validators.evaluation.evaluation_set import EvaluationSet, EvaluationSets, Paired
    from sluicegate.validators.evaluation.predictions import Predictions

CONFIDENCE = 0.95
NOT_FINITE = "Look for gaps that the model does not take, and for a division by 0 or a logarithm of 0."


@check(
    "quality",
    family="quality",
    section="quality",
    parameters=section(),
    isolated=True,
    loads=("pandas", "scipy.stats", "onnxruntime"),
    remedy="Train a better model; where the rows are too few to say, add evaluation rows.",
)
def quality(
    rules: tuple[QualityRule, ...] | None,
    evaluation_sets: EvaluationSets,
    reference_versions: tuple[ReferenceVersion, ...],
    spec: ModelSpec,
    document: Document,
) -> Iterator[Finding]:
    """The model is as good as its rules say, with 95 % confidence, on rows that it has not seen.

    A rule passes when the whole interval is on its good side, fails when none of it is, and is inconclusive
    between. `not_worse_than: production` compares both versions on the very same rows. The rules and rows
    of production and of the base are checked as well as its own: nobody sets their own exam. On the rows of
    the last three different exams before, it is compared with production, so that rows replaced one pull
    request at a time are no ratchet.
    Where it cannot be judged on those rows, as when columns were renamed, that is inconclusive, and stays so
    until a waiver of `quality` was merged.

    Per segment, a rule fails where a segment is worse by more than the margin at a confidence that all the
    segments share (Bonferroni). It passes when no segment's estimate is beyond the margin, and the pool of
    all segments shows it with confidence; so noise in a small segment refuses nobody, and a destroyed one
    cannot hide in the average.
    """
    every = list(
        dict.fromkeys(rule for some in all_rules("quality", rules, reference_versions) for rule in some)
    )
    if not every:
        message = "model.yaml has no `quality` rules: nothing says what is good enough"
        place = Position(document.path, *document.position(("spec",)))
        yield inconclusive(message, place, remedy=f"Add a rule about {_choice(spec.task)}")
    place = Position(document.path, *document.key_position(("spec", "quality")))
    for reason in evaluation_sets.not_evaluated:
        yield inconclusive(reason, place)
    for evaluation_set in evaluation_sets.parts:
        broken = int((~evaluation_set.candidate.finite).sum())
        if broken:
            message = (
                f"{broken:,} of {len(evaluation_set.rows):,} rows of {evaluation_set.name} get a score "
                "that is not a finite number"
            )
            yield fail(message, place, observed=broken, threshold=0, remedy=NOT_FINITE)
            continue
        for rule in every:
            if evaluation_set.earlier and not rule.not_worse_than:
                continue  # what was good enough then may not be reached today, by any model
            whose = "" if rule in (rules or ()) else f" ({_whose(rule, reference_versions)} rule)"
            for finding in _judged(rule, evaluation_set, spec.task):
                message = f"{finding.message}{whose}, on {evaluation_set.name}"
                remedy = finding.remedy or _remedy(rule, finding)
                yield replace(finding, message=message, remedy=remedy, **vars(_place(document, rules, rule)))


def _place(document: Document, rules: tuple[QualityRule, ...] | None, rule: QualityRule) -> Position:
    """The rule's own line of model.yaml; of a rule that only the base or production has, the section's."""
    if rules is not None and rule in rules:
        return Position(document.path, *document.position(("spec", "quality", rules.index(rule))))
    return Position(document.path, *document.key_position(("spec", "quality")))


def _remedy(rule: QualityRule, finding: Finding) -> str | None:
    """What to do about a figure; None where there is none, or nothing to do."""
    if finding.interval is None or finding.verdict.good:
        return None
    limit = "margin" if rule.not_worse_than else "limit"
    if finding.verdict == Verdict.INCONCLUSIVE:
        return f"Add evaluation rows: these cannot tell on which side of the {limit} it is."
    if rule.not_worse_than:
        return "Train a better model than production's, or state with reasons why the margin may be wider."
    return "Train a better model, or correct the limit where it asks what no model reaches."


def _whose(rule: QualityRule, reference_versions: tuple[ReferenceVersion, ...]) -> str:
    for version in reference_versions:
        if rule in (version.spec.sections.get("quality") or ()):
            return f"{version.who}'s"
    raise LookupError(f"no version has the rule {rule}")


def _judged(rule: QualityRule, evaluation_set: EvaluationSet, task: str) -> Iterator[Finding]:
    if task not in rule.tasks:
        yield inconclusive(
            f"{rule}: {rule.metric} is not a metric of {task}", remedy=f"Choose {_choice(task)}"
        )
        return
    try:
        if rule.not_worse_than is None and not rule.needs_production:
            yield _level(rule, rule.estimate(evaluation_set.candidate))
            return
        paired = evaluation_set.paired
        if isinstance(paired, Finding):
            yield _alone(rule, paired, evaluation_set.candidate)
        elif isinstance(rule, Comparison):
            yield _level(rule, rule.between(paired.candidate, paired.production))
        elif rule.per is None:
            yield _against_production(rule, paired)
        else:
            yield from _segments(rule, rule.per, evaluation_set, paired)
    except Undefined as problem:
        remedy = f"Give it what it needs, or choose {_choice(task)}"
        yield inconclusive(f"{rule}: {problem}", remedy=remedy)


def _choice(task: str) -> str:
    """The task's metrics, in words."""
    fit = ", ".join(name for name, metric in metrics().items() if task in metric.tasks)
    return f"one of {fit}." if fit else "a metric that is installed for this task, or declare another task."


def _alone(rule: QualityRule, missing: Finding, candidate: Predictions) -> Finding:
    """Why nothing is compared, with the candidate's own figure where it has one. Raises Undefined."""
    if rule.needs_production:
        return replace(missing, message=f"{rule}: {missing.message}")
    own = rule.estimate(candidate)
    message = f"{_worded(str(rule), own)}; {missing.message}"
    return replace(missing, message=message, observed=own.value, interval=(own.lower, own.upper))


def _level(rule: QualityRule, own: Estimate) -> Finding:
    """`at_least` or `at_most`."""
    message = _worded(str(rule), own)
    if rule.at_least is not None:
        return against_limit(message, own, rule.at_least, higher_is_better=True)
    if rule.at_most is not None:
        return against_limit(message, own, rule.at_most, higher_is_better=False)
    raise ValueError(f"{rule} names no level")


def _worded(what: str, estimate: Estimate) -> str:
    return f"{what}: {estimate.value:.4f} ({estimate.lower:.4f} to {estimate.upper:.4f})"


def _against_production(rule: QualityRule, paired: Paired) -> Finding:
    """The difference to production over all rows. Raises Undefined."""
    gap = rule.difference(paired.candidate, paired.production)
    before = rule.estimate(paired.production).value
    message = _worded(f"{rule}: production has {before:.4f}, candidate less production", gap)
    margin = rule.margin or 0.0
    if rule.lower_is_better:
        return against_limit(message, gap, margin, higher_is_better=False, production=before)
    return against_limit(message, gap, -margin, higher_is_better=True, production=before)


@dataclass(frozen=True)
class SegmentGap:
    """Candidate less production in one segment; `gain` has its sign turned so that more is better."""

    words: str
    gain: float
    finding: Finding | None
    """A fail, where the whole interval is beyond the margin."""


def _segments(
    rule: QualityRule, column: str, evaluation_set: EvaluationSet, paired: Paired
) -> Iterator[Finding]:
    """Each segment by itself, then the pool of all. Raises Undefined where the pool shows nothing."""
    if column not in evaluation_set.rows.frame.columns:
        message = f"{rule}: the evaluation rows have no column {column!r}"
        yield fail(message, remedy="Name a column of the data in `per`, or add it to the data.")
        return
    groups, small = evaluation_set.segments(rule, paired, column, rule.min_positives)
    confidence = 1 - (1 - CONFIDENCE) / max(len(groups), 1)
    gaps: list[SegmentGap] = []
    for name, rows in groups.items():
        try:
            gaps.append(_segment(rule, column, name, paired.segment(rule, rows), confidence))
        except Undefined as problem:
            yield inconclusive(f"{rule}: {column} {name}: {problem}")
    yield from (gap.finding for gap in gaps if gap.finding is not None)
    doubtful = [gap.words for gap in gaps if gap.finding is None and gap.gain < -(rule.margin or 0.0)]
    if doubtful:
        yield inconclusive(f"{rule}: beyond the margin, yet not beyond chance: {', '.join(doubtful)}")
    whole = _against_production(rule, paired)
    message = f"{whole.message} over all"
    if gaps:
        message += f"; worst of {len(groups)}: {min(gaps, key=lambda gap: (gap.gain, gap.words)).words}"
    if small:
        message += f"; not judged, pooled as other: {', '.join(small)}"
    yield replace(whole, message=message)


def _segment(rule: QualityRule, column: str, name: str, part: Paired, confidence: float) -> SegmentGap:
    """Raises Undefined."""
    gap = rule.difference(part.candidate, part.production, confidence)
    words = f"{name} {gap.value:+.4f} ({gap.lower:+.4f} to {gap.upper:+.4f})"
    margin = rule.margin or 0.0
    if rule.lower_is_better:
        gain = -gap.value
        best = -gap.lower
        limit = margin
    else:
        gain = gap.value
        best = gap.upper
        limit = -margin
    finding = None
    if best < -margin:
        finding = _worse(rule, f"{column} {words}", part, gap, limit)
    return SegmentGap(words, gain, finding)


def _worse(rule: QualityRule, words: str, part: Paired, gap: Estimate, limit: float) -> Finding:
    before = rule.estimate(part.production).value
    return fail(
        f"{rule}: {words}, worse by more than the margin; production has {before:.4f}",
        observed=gap.value,
        interval=(gap.lower, gap.upper),
        threshold=limit,
        production=before,
    )
