"""Whether a model of another precision still answers as the version that it was made from."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sluicegate.specs.model import ModelSpec
from sluicegate.specs.parity import Parity, strictest
from sluicegate.validators.evaluation.estimates import Estimate, Undefined
from sluicegate.validators.evaluation.interval import against_limit
from sluicegate.validators.evaluation.reference import ReferenceVersion, all_rules
from sluicegate.validators.onnx.precision import precision_of
from sluicegate.validators.runner.finding import Finding, fail, inconclusive, passed, skipped
from sluicegate.validators.runner.inputs import Unavailable
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.candidate import Production
from sluicegate.validators.submission.files import ModelFiles

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from sluicegate.validators.evaluation.predictions import Predictions
    from sluicegate.validators.evaluation.rows import Array, Rows
    from sluicegate.validators.onnx.engine_options import EngineOptions
    from sluicegate.validators.onnx.facts import Graph

CONFIDENCE = 0.95
NARROW = ("fp16", "bf16")
"""What a CPU computes in fp32 unless it is told to round."""
SAME_FILE = {"fp64": "fp32"}
"""Precisions of a file that `serving.precision` has another word for."""


@check(
    "parity",
    family="quality",
    section="parity",
    parameters=Parity,
    isolated=True,
    remedy="Convert to a wider precision, or calibrate (`sluice convert --static`); a looser limit of "
    "`parity` counts once it was merged.",
)
def parity(
    rules: Parity | None,
    spec: ModelSpec,
    graph: Graph,
    files: ModelFiles,
    session: InferenceSession,
    *,
    gpu_session: InferenceSession | None,
    engine_options: EngineOptions,
    production: Production | None,
    reference_versions: tuple[ReferenceVersion, ...],
) -> Iterator[Finding]:
    """A model of another precision answers as the version that it was made from.

    It is asked whenever `serving.precision`, or the precision of the artifact itself, differs from
    production's, and of each version that says `lineage.converted_from`. Both versions answer the original's
    reference and evaluation rows. Judged are the largest difference of a number (as a share of its output's
    range), the share of decisions that flip (the upper end of its 95 % interval), and what the task's first
    metric loses; time and size are shown beside. Where the last environment serves on a GPU and this machine
    has one, both answer there; elsewhere results of 16 bits are rounded after each operator, as a GPU does.
    The limits of production and of the base hold as well.
    """
    before = _original(spec, graph, production, reference_versions)
    if isinstance(before, Finding):
        yield before
        return
    declared = spec.serving.precision
    held = precision_of(graph)
    if SAME_FILE.get(held, held) != declared:
        yield inconclusive(
            f"serving.precision says {declared}, and {spec.artifact.path} computes in {held}: no engine here "
            "converts a model while it loads it",
            remedy=f"Convert it: sluice convert {spec.name} --precision {declared}; or declare {held}.",
        )
        return
    limits = _limits(rules, reference_versions)
    on_gpu = gpu_session is not None
    timed = gpu_session or session
    answering = timed if on_gpu or held not in NARROW else _answering(graph, files, spec, None)
    comparison = _compared(spec, answering, before, engine_options if on_gpu else None)
    named = f"version {before.spec.version} ({before.who}, {before.spec.serving.precision})"
    yield from _judged(spec, comparison, limits, f"{named}{', both on a GPU' if on_gpu else ''}")
    yield _beside(spec, files, timed, before.files, comparison)


def _original(
    spec: ModelSpec,
    graph: Graph,
    production: Production | None,
    versions: tuple[ReferenceVersion, ...],
) -> ReferenceVersion | Finding:
    """The version to compare with; or a finding, where there is nothing to compare, or it is not known."""
    source = spec.lineage.converted_from
    if production is not None and production.spec.artifact == spec.artifact:
        same = production.spec.serving.precision == spec.serving.precision
        if same:
            return passed("it is the very file that runs in production, in the same precision")
    if source is not None:
        for version in versions:
            if version.spec.version == source:
                return version
        return inconclusive(
            f"it is converted from version {source}, which is neither production's nor the base's",
            remedy="Judge it beside that version: sluice validate --changed BASE..HEAD; a version that was "
            "trained again is converted from none: remove `lineage.converted_from`.",
        )
    if production is None:
        return skipped("first version: nothing runs that it could be a conversion of")
    mine = (spec.serving.precision, precision_of(graph))
    old = (production.spec.serving.precision, precision_of(_graph(production.spec, production.files)))
    if mine == old:
        return passed(f"served in {mine[0]}, computed in {mine[1]}, as production")
    return next(version for version in versions if version.who == "production")


def _graph(spec: ModelSpec, files: ModelFiles) -> Graph:
    """The facts of an accepted version's file. Raises Unavailable."""
    from sluicegate.validators.onnx.facts import GraphError, read_graph

    try:
        return read_graph(files.directory / spec.artifact.path)
    except GraphError as problem:
        reason = f"version {spec.version} cannot be compared: {problem.message}"
        raise Unavailable(reason, remedy=f"{problem.remedy[:1].upper()}{problem.remedy[1:]}.") from problem


def _limits(rules: Parity | None, versions: tuple[ReferenceVersion, ...]) -> Parity:
    """The strictest of what the model, production and the base say; of a silent base, the defaults."""
    bases = [version for version in versions if version.who != "production"]
    silent = [Parity() for base in bases if base.spec.sections.get("parity") is None]
    return strictest([*all_rules("parity", rules or Parity(), versions), *silent])


@dataclass(frozen=True)
class Comparison:
    """The rows of the original, and what both versions answer: (candidate's, original's)."""

    rows: tuple[Rows, Rows]
    """Reference and evaluation."""
    answers: tuple[tuple[dict[str, Array], dict[str, Array]], ...]
    old: ModelSpec
    session: InferenceSession
    """The original's, as `old` is its spec."""


def _answering(
    graph: Graph, files: ModelFiles, spec: ModelSpec, gpu: EngineOptions | None
) -> InferenceSession:
    """The model on the GPU as it is served, or on a CPU that rounds as one does. Raises Unavailable."""
    from sluicegate.validators.onnx.engine import open_session
    from sluicegate.validators.onnx.engine_options import EngineOptions

    how = gpu or EngineOptions(rounded=precision_of(graph) in NARROW)
    return open_session(graph, files, spec, how)


def _compared(
    spec: ModelSpec, session: InferenceSession, before: ReferenceVersion, gpu: EngineOptions | None
) -> Comparison:
    """Both versions on the original's rows. Raises Unavailable."""
    from sluicegate.validators.evaluation.calls import run_model
    from sluicegate.validators.evaluation.rows import read_rows

    old = before.spec
    graph = _graph(old, before.files)
    theirs = _answering(graph, before.files, old, gpu)
    reading = replace(spec, data=old.data)  # its tables, and this model's classes: those that are answered
    both = [read_rows(before.files, reading, file) for file in (old.data.reference, old.data.evaluation)]
    answers = tuple(
        (run_model(session, spec, rows.frame), run_model(theirs, old, rows.frame)) for rows in both
    )
    return Comparison((both[0], both[1]), answers, old, theirs)


def _judged(spec: ModelSpec, comparison: Comparison, limits: Parity, named: str) -> Iterator[Finding]:
    """The three limits, each by itself."""
    for judge in (_outputs, _decisions, _metric):
        try:
            finding = judge(spec, comparison, limits)
        except Undefined as problem:
            remedy = "Give the rows what it needs; scores outside of 0 to 1 need decision.threshold."
            yield inconclusive(f"beside {named}: {problem}", remedy=remedy)
            continue
        yield replace(finding, message=f"{finding.message}, beside {named}")


def _outputs(spec: ModelSpec, comparison: Comparison, limits: Parity) -> Finding:
    """Raises Undefined."""
    from sluicegate.validators.evaluation.parity import largest_gap

    del spec
    gaps = [
        (largest_gap(*pair), rows) for pair, rows in zip(comparison.answers, comparison.rows, strict=True)
    ]
    found = [(gap, rows) for gap, rows in gaps if gap is not None]
    if not found:
        return skipped("no output holds floating-point numbers")
    gap, rows = max(found, key=lambda one: one[0].share)
    limit = limits.output_difference
    message = (
        f"largest difference {gap.share:.3g} of the range of output {gap.output!r} (row {gap.row} of "
        f"{rows.path}), at most {limit:g}"
    )
    observed = gap.share if math.isfinite(gap.share) else "not finite"
    judge = passed if gap.share <= limit else fail
    return judge(message, observed=observed, threshold=limit)


def _decisions(spec: ModelSpec, comparison: Comparison, limits: Parity) -> Finding:
    """Raises Undefined."""
    from sluicegate.validators.evaluation.parity import flips

    pairs = _predictions(spec, comparison)
    found = flips(pairs, CONFIDENCE)
    if found is None:
        return skipped(f"{spec.task} decides nothing")
    share = found.share
    limit = limits.decision_flips
    message = (
        f"{share.value:.3%} of decisions flip ({share.lower:.3%} to {share.upper:.3%}, {found.count:,} "
        f"{found.unit}), at most {limit:.3%}"
    )
    finding = against_limit(message, share, limit, higher_is_better=False)
    return (
        replace(finding, remedy=_more(found.unit, limit)) if share.value <= limit < share.upper else finding
    )


def _more(unit: str, limit: float) -> str:
    if limit <= 0:
        return "A share of 0 cannot be shown: set parity.decision_flips above it."
    fewest = math.ceil(math.log((1 - CONFIDENCE) / 2) / math.log1p(-limit)) if limit < 1 else 1
    return f"{fewest:,} {unit} without a flip show {limit:g}: add evaluation rows, or raise the limit."


def _metric(spec: ModelSpec, comparison: Comparison, limits: Parity) -> Finding:
    """Raises Undefined."""
    from sluicegate.validators.evaluation.first_figure import FIRST_METRICS
    from sluicegate.validators.evaluation.metrics.base import metrics

    name = FIRST_METRICS[spec.task]
    metric = metrics()[name](metric=name)
    candidate, original = _predictions(spec, comparison)[-1]
    gap = metric.difference(candidate, original, CONFIDENCE)
    had = metric.estimate(original).value
    in_units = metric.lower_is_better
    limit = limits.metric_loss * had if in_units else limits.metric_loss
    loss = gap if in_units else Estimate(-gap.value, -gap.upper, -gap.lower)
    message = (
        f"{metric.named} was {had:.4f} and loses {loss.value:.5f} ({loss.lower:.5f} to {loss.upper:.5f}), at "
        f"most {limit:.4g}"
    )
    return against_limit(message, loss, limit, higher_is_better=False, production=had)


def _predictions(spec: ModelSpec, comparison: Comparison) -> list[tuple[Predictions, Predictions]]:
    """(candidate's, original's) of each table, in the candidate's order of classes. Raises Unavailable."""
    from sluicegate.validators.evaluation.predictions import predictions

    pairs = []
    for rows, (mine, theirs) in zip(comparison.rows, comparison.answers, strict=True):
        candidate = predictions(spec, mine, rows.labels, rows.groups)
        original = predictions(comparison.old, theirs, rows.labels, rows.groups)
        pairs.append((candidate, original.aligned(candidate.class_order)))
    return pairs


def _beside(
    spec: ModelSpec,
    files: ModelFiles,
    session: InferenceSession,
    before: ModelFiles,
    comparison: Comparison,
) -> Finding:
    """Time and size, which no limit of `parity` judges. Raises Unavailable."""
    from sluicegate.validators.evaluation.timing import Timer

    old_spec = comparison.old
    times = Timer(((session, spec), (comparison.session, old_spec)), comparison.rows[1].frame, 1).run()
    ratio = times.ratio()
    new = files.entries[spec.artifact.path].size
    old = before.entries[old_spec.artifact.path].size
    engine = f"{', '.join(session.get_providers())}, batch 1"
    return passed(
        f"{new:,} bytes, {new / old:.0%} of version {old_spec.version}'s; {ratio.value:.2f} times its time "
        f"({ratio.lower:.2f} to {ratio.upper:.2f}; {engine})"
    )
