"""What the graph of a version has that production's has not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.runner.finding import Finding, Position, inconclusive, passed, skipped
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.approval import Approval
from sluicegate.validators.submission.candidate import Production
from sluicegate.validators.submission.files import ModelFiles

if TYPE_CHECKING:
    from sluicegate.validators.onnx.diff.diff import GraphDiff
    from sluicegate.validators.onnx.diff.picture import Picture
    from sluicegate.validators.onnx.diff.weights import Weight, Weights
    from sluicegate.validators.onnx.facts import Graph

SHOWN = 10
"""How many weights, ways or operators are named."""


@check(
    "graph-diff",
    family="graph",
    isolated=True,
    remedy="Let an owner of the model, as the base's CODEOWNERS names them, look at what is new in the graph "
    "and write `/sluice approve`.",
)
def graph_diff(
    spec: ModelSpec, files: ModelFiles, graph: Graph, production: Production | None, approved: Approval
) -> Iterator[Finding]:
    """The graph computes in production's ways, or an owner has approved what is new in it.

    New are a way from an input to an output that production's graph has not, and a class of operators that it
    has nowhere, or not on that way: a hidden trigger needs a condition and a choice that the model before did
    without. A trigger can be trained into the weights as well, and no graph tells. Operators, opsets, size,
    what a call costs by its shapes (floating-point operations, memory of activations), and the weights that
    moved farthest are shown beside, as far as they have the same names, and what surrounds new and gone nodes
    is drawn.
    """
    from sluicegate.validators.onnx.diff.diff import graph_diff as compared

    if production is None:
        yield skipped("first version: there is no graph to compare with")
        return
    if production.spec.artifact.sha256 == spec.artifact.sha256:
        yield passed("the very file that runs now")
        return
    at = files.position(spec.artifact.path)
    old = production.files.directory / production.spec.artifact.path
    diff = compared(old, files.directory / spec.artifact.path)
    new = list(_new(diff))
    for words in new[:SHOWN]:
        yield _judged(words, at, approved)
    if len(new) > SHOWN:
        yield _judged(f"and {len(new) - SHOWN:,} more ways with something new", at, approved)
    if not new:
        yield passed("no new way from an input to an output, and no new class of operators", at)
    yield from (
        passed(words, at) for words in (*_shown(diff), f"{graph.parameters:,} numbers in all tensors")
    )
    if diff.picture is not None:
        yield passed(_drawn(diff.picture), at, graph=diff.picture.arrows)
    yield from (passed(words, at) for words in _costs(spec, files.directory, production))


def _judged(words: str, at: Position, approved: Approval) -> Finding:
    if approved.missing:
        return inconclusive(f"{words}; {approved.words}", at)
    return passed(f"{words}; {approved.words}", at)


def _new(diff: GraphDiff) -> Iterator[str]:
    """What needs a look, a sentence each: by way, then what lies on none."""
    told: set[str] = set()
    for (source, sink), classes in sorted(diff.ways.items()):
        told |= classes
        if classes:
            yield f"on the way from {source!r} to {sink!r} are {', '.join(sorted(classes))} now"
        else:
            yield f"{sink!r} depends on {source!r} now"
    rest = sorted(set(diff.classes) - told)
    if rest:
        yield f"new in the graph: {', '.join(rest)}"


def _drawn(picture: Picture) -> str:
    """What the picture is of; the rest is left out of it."""
    every = picture.new + picture.gone
    more = f", and {every - picture.drawn:,} more" if every > picture.drawn else ""
    return f"{picture.new:,} new and {picture.gone:,} gone nodes: {picture.drawn:,} drawn{more}"


def _costs(spec: ModelSpec, directory: Path, production: Production) -> Iterator[str]:
    """What a call of the largest batch costs, beside production's."""
    from onnx.shape_inference import InferenceError

    from sluicegate.validators.onnx.cost import static_cost, words

    rows = spec.serving.max_batch
    try:
        new = static_cost(directory / spec.artifact.path, _by_row(spec), rows)
        old = production.spec
        before = static_cost(production.files.directory / old.artifact.path, _by_row(old), rows)
    except InferenceError as problem:
        yield f"what a call costs is not counted: {problem}"
        return
    yield from words(new, before, rows)


def _by_row(spec: ModelSpec) -> set[str]:
    """The inputs whose first dimension has a name: the rows of a call."""
    return {one.name for one in spec.signature.inputs if one.shape and isinstance(one.shape[0], str)}


def _shown(diff: GraphDiff) -> Iterator[str]:
    before, after = diff.bytes
    yield f"{after:,} bytes, {before:,} in production"
    if diff.operators:
        ordered = sorted(diff.operators.items(), key=lambda one: (-abs(one[1]), one[0]))
        words = [f"{name} {count:+,}" for (_, name), count in ordered[:SHOWN]]
        yield f"operators: {_listed(words, len(ordered))}"
    for domain, (old, new) in diff.opsets.items():
        yield f"opset of {domain}: {old or 'none'} -> {new or 'none'}"
    yield from _weights(diff.weights)


def _weights(weights: Weights) -> Iterator[str]:
    moved = [weight for weight in weights.both if weight.moved]
    if weights.both:
        yield f"{len(moved):,} of {len(weights.both):,} weights of the same name and shape moved"
    for weight in moved[:SHOWN]:
        yield _moved(weight)
    named = {"new": weights.added, "gone": weights.removed, "of another shape": weights.reshaped}
    for words, names in named.items():
        if names:
            yield f"weights {words}: {_listed(names[:SHOWN], len(names))}"
    if weights.uncounted:
        yield f"{weights.uncounted:,} weights are not compared: whole numbers, or bytes in another file"


def _moved(weight: Weight) -> str:
    share = f"by {weight.share:.1%} of its norm" if weight.before else "from 0"
    return f"{weight.name} ({weight.kind}) moved {share}: {weight.before:.4g} -> {weight.norm:.4g}"


def _listed(shown: Sequence[str], number: int) -> str:
    more = f" and {number - len(shown):,} more" if number > len(shown) else ""
    return f"{', '.join(shown)}{more}"
