"""How long one call takes, beside the version that runs now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.evaluation.interval import against_limit
from sluicegate.validators.evaluation.reference import ReferenceVersion, all_rules
from sluicegate.validators.runner.finding import Finding, skipped
from sluicegate.validators.runner.registry import check

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from sluicegate.validators.evaluation.estimates import Estimate
    from sluicegate.validators.evaluation.rows import Rows


@dataclass(frozen=True)
class LatencyRule:
    """How fast one call must be: a call of `batch` rows on one thread of a CPU."""

    p95_ms: Annotated[float, Field(gt=0)] | None = None
    """Of 100 calls, 95 are no slower, in milliseconds."""
    batch: Annotated[int, Field(ge=1, le=4096)] = 1
    not_slower_than: Literal["production"] | None = None
    ratio: Annotated[float, Field(ge=1)] = 1.2
    """The most that the candidate's time may be of production's."""


def strictest(rules: Sequence[LatencyRule]) -> Iterator[LatencyRule]:
    """For each batch size one rule, the lowest limits of all its rules; none where there is no limit."""
    for batch in dict.fromkeys(rule.batch for rule in rules):
        same = [rule for rule in rules if rule.batch == batch]
        times = [rule.p95_ms for rule in same if rule.p95_ms is not None]
        ratios = [rule.ratio for rule in same if rule.not_slower_than is not None]
        p95 = min(times, default=None)
        if ratios:
            yield LatencyRule(p95, batch, "production", min(ratios))
        elif times:
            yield LatencyRule(p95, batch)


@check(
    "latency",
    family="latency",
    section="latency",
    parameters=LatencyRule,
    isolated=True,
    remedy="Make the model smaller, or raise the limit; if inconclusive, run again on a quieter machine.",
)
def latency(
    rules: LatencyRule | None,
    spec: ModelSpec,
    session: InferenceSession,
    evaluation: Rows,
    *,
    reference_versions: tuple[ReferenceVersion, ...],
    production_session: tuple[InferenceSession, ModelSpec] | None,
) -> Iterator[Finding]:
    """One call is fast enough, and not slower than the version that runs now.

    Both versions are called alternately, block after block, in one process and on one thread: a busy machine
    slows both alike, and their ratio stays true when the milliseconds do not. Intervals are bootstrapped
    over blocks; an interval that holds the limit is inconclusive. The limits of production and of the base
    hold beside the model's own.
    """
    limits = list(strictest(all_rules("latency", rules, reference_versions)))
    if not limits:
        yield skipped("model.yaml declares no limit in `latency`")
    for rule in limits:
        rivals = [(session, spec)]
        if rule.not_slower_than is not None and production_session is not None:
            rivals.append(production_session)
        yield from _judge(rule, rivals, evaluation)


def _judge(
    rule: LatencyRule, rivals: Sequence[tuple[InferenceSession, ModelSpec]], evaluation: Rows
) -> Iterator[Finding]:
    from sluicegate.validators.evaluation.timing import measure

    times = measure(rivals, evaluation.frame, rule.batch)
    engine = f"{', '.join(rivals[0][0].get_providers())}, one thread, batch {rule.batch}"
    p50, p95, p99 = (times.percentile(0, q) for q in (50, 95, 99))
    message = f"p50 {p50.value:.3f} ms, p95 {p95.value:.3f} ms, p99 {p99.value:.3f} ms ({engine})"
    if rule.p95_ms is not None:
        yield _against(message, p95, rule.p95_ms)
    if rule.not_slower_than is None:
        return
    if len(rivals) == 1:
        yield skipped(f"first version: nothing runs that it could be compared with; {message}")
        return
    ratio = times.ratio()
    old = times.percentile(1, 50).value
    message = f"{ratio.value:.2f} times production's time ({ratio.lower:.2f} to {ratio.upper:.2f}; {engine})"
    yield _against(message, ratio, rule.ratio, production=f"p50 {old:.3f} ms")


def _against(message: str, estimate: Estimate, limit: float, production: str | None = None) -> Finding:
    message = f"{message}; the limit is {limit:g}"
    return against_limit(message, estimate, limit, higher_is_better=False, production=production)
