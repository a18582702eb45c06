"""How long one call takes, beside the version that runs now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sluicegate.specs.model import ModelSpec
from sluicegate.specs.placement import CUDA, on_cuda, operators
from sluicegate.specs.yamlio import Document
from sluicegate.validators.evaluation.reference import ReferenceVersion, all_rules
from sluicegate.validators.runner.finding import Finding, skipped
from sluicegate.validators.runner.registry import check

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from sluicegate.validators.evaluation.rows import Rows
    from sluicegate.validators.evaluation.timing import Timer, Times
    from sluicegate.validators.onnx.engine_options import EngineOptions


@dataclass(frozen=True)
class LatencyRule:
    """How fast one call must be: a call of `batch` rows, on the threads and the provider that serve."""

    p95_ms: Annotated[float, Field(gt=0)] | None = None
    """Of 100 calls, 95 are no slower, in milliseconds."""
    batch: Annotated[int, Field(ge=1, le=4096)] = 1
    not_slower_than: Literal["production"] | None = None
    ratio: Annotated[float, Field(ge=1)] = 1.2
    """The most that the candidate's time may be of production's."""
    floor_ms: Annotated[float, Field(ge=0)] = 0.1
    """Milliseconds a call that a candidate may lose against production whatever the ratio is."""


def strictest(rules: Sequence[LatencyRule]) -> Iterator[LatencyRule]:
    """For each batch size one rule, the lowest limits of all its rules; none where there is no limit."""
    for batch in dict.fromkeys(rule.batch for rule in rules):
        same = [rule for rule in rules if rule.batch == batch]
        times = [rule.p95_ms for rule in same if rule.p95_ms is not None]
        compared = [rule for rule in same if rule.not_slower_than is not None]
        p95 = min(times, default=None)
        if compared:
            ratio = min(rule.ratio for rule in compared)
            yield LatencyRule(p95, batch, "production", ratio, min(rule.floor_ms for rule in compared))
        elif times:
            yield LatencyRule(p95, batch)


def without_limit(
    rules: LatencyRule | None, reference_versions: tuple[ReferenceVersion, ...]
) -> Finding | None:
    """What is found where nothing has to be timed; None where there is a limit."""
    if any(strictest(all_rules("latency", rules, reference_versions))):
        return None
    return skipped("model.yaml declares no limit in `latency`")


@check(
    "latency",
    family="latency",
    section="latency",
    parameters=LatencyRule,
    isolated=True,
    settles=without_limit,
    remedy="Make the model smaller, or raise the limit.",
)
def latency(
    rules: LatencyRule | None,
    spec: ModelSpec,
    timed_session: InferenceSession,
    evaluation: Rows,
    engine_options: EngineOptions,
    *,
    document: Document,
    reference_versions: tuple[ReferenceVersion, ...],
    timed_production: tuple[InferenceSession, ModelSpec] | None,
) -> Iterator[Finding]:
    """One call is fast enough, and not slower than the version that runs now.

    Both versions are called alternately, block after block, in one process, as the last environment serves
    them: on its threads, by CUDA where it has GPUs and this machine has one. A busy machine slows both alike,
    and their ratio stays true when the milliseconds do not. What is not shown to be fast enough is timed
    again: it fails where every run by itself says so, passes where all runs together do, and is inconclusive
    after four. A loss below `floor_ms` is never a fail. Throughput is that of one caller. The limits of
    production and of the base hold beside the model's own.
    """
    if (nothing := without_limit(rules, reference_versions)) is not None:
        yield nothing
    for rule in strictest(all_rules("latency", rules, reference_versions)):
        rivals = [(timed_session, spec)]
        if rule.not_slower_than is not None and timed_production is not None:
            rivals.append(timed_production)
        for key, finding in _judge(rule, rivals, evaluation, engine_options):
            # A limit that only production or the base has is at the section.
            at = document.key_position(("spec", "latency", key) if rules is not None else ("spec", "latency"))
            yield replace(finding, path=document.path, line=at[0], column=at[1])


def _judge(
    rule: LatencyRule,
    rivals: Sequence[tuple[InferenceSession, ModelSpec]],
    evaluation: Rows,
    how: EngineOptions,
) -> Iterator[tuple[str, Finding]]:
    """Each finding, and the key of `latency` that it is of."""
    from sluicegate.validators.evaluation.timing import Timer
    from sluicegate.validators.evaluation.timing_verdict import Comparison, Level, judged

    timer = Timer(rivals, evaluation.frame, rule.batch)
    first = timer.run()
    where = f"{_engine(rivals[0][0], how)}, batch {rule.batch}, {_capacity(timer, first, rule.batch)}"
    if rule.p95_ms is not None:
        yield "p95_ms", judged(first, timer.run, Level(rule.p95_ms), where)
    if rule.not_slower_than is None:
        return
    if len(rivals) == 1:
        p50 = first.milliseconds(0, 50)
        message = f"first version: nothing runs that it could be compared with; p50 {p50:.3f} ms ({where})"
        yield "not_slower_than", skipped(message)
        return
    yield "not_slower_than", judged(first, timer.run, Comparison(rule.ratio, rule.floor_ms), where)


def _engine(session: InferenceSession, how: EngineOptions) -> str:
    """Provider and threads, and where they are from; a GPU that was wanted and not had is said."""
    providers = session.get_providers()
    threads = "one thread" if how.threads == 1 else f"{how.threads} threads"
    if CUDA in providers:
        words = f"{CUDA} ({on_cuda(operators(session))}), {threads}"
    else:
        words = f"{', '.join(providers)}, {threads}"
    if how.where:
        words += f" as in {how.where}"
    if how.without_gpu or (how.cuda and CUDA not in providers):
        words += f", which serves on a GPU: {CUDA} is not to be had here"
    return words


def _capacity(timer: Timer, times: Times, batch: int) -> str:
    """What one caller gets done, and what memory a call takes beside the model itself."""
    rows = batch / times.milliseconds(0, 50) * 1e3
    memory = timer.working_memory()
    words = f"{rows:,.0f} rows/s"
    of = " of GPU memory" if timer.on_gpu else ""
    return words if memory is None else f"{words}, {memory / (1 << 20):.1f} MiB{of} a call"
