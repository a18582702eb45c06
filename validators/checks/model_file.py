"""What the bytes of an ONNX file say, before anything loads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.runner.finding import Finding, Position, fail, passed
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.files import ModelFiles

if TYPE_CHECKING:
    from sluicegate.validators.onnx.facts import Graph
    from sluicegate.validators.submission.fault import Fault


def findings(faults: Iterable[Fault], at: Position, good: str) -> Iterator[Finding]:
    """A finding for each fault, grouped by kind; what is only reported passes, and so does a file without."""
    from sluicegate.validators.submission.fault import grouped

    refused = False
    said: list[str] = []
    for fault in grouped(faults):
        if fault.refuses:
            refused = True
            yield fail(fault.words, at, remedy=fault.remedy)
        else:
            said.append(fault.words)
    if not refused:
        yield passed("; ".join([good, *said]), at)


@check(
    "onnx-format",
    family="security",
    static=True,
    remedy="Export the model again with its framework's exporter; write it with onnx.save.",
)
def onnx_format(graph: Graph, files: ModelFiles, spec: ModelSpec) -> Iterator[Finding]:
    """The file says one thing to every reader.

    Fields that ONNX does not have, a field set twice, a tensor with two values, or whose values are not as
    many as its dimensions say: one reader takes the first, another the last, a third what lies behind it.
    """
    from sluicegate.validators.onnx.rules.encoding import encoding

    good = f"{graph.parameters:,} numbers in tensors, every field as ONNX has it"
    yield from findings(encoding(graph), files.position(spec.artifact.path), good)


@check(
    "onnx-bounds",
    family="graph",
    static=True,
    remedy="Take sizes and trip counts from the input, or make the constants smaller.",
)
def onnx_bounds(graph: Graph, files: ModelFiles, spec: ModelSpec) -> Iterator[Finding]:
    """What the model computes is bounded, as far as its constants decide it.

    A few bytes can ask Range, ConstantOfShape, Expand, Tile, a Loop or a chain of Concat for more memory or
    time than there is. Shapes and small values are followed through the graph as intervals, branches, loops
    and functions included; nothing is computed.
    """
    from sluicegate.validators.onnx.rules.bounds import bounds

    good = "no constant asks for too much"
    yield from findings(bounds(graph), files.position(spec.artifact.path), good)


@check(
    "onnx-weights",
    family="quality",
    static=True,
    remedy="Train it again; weights that are NaN make its answers NaN.",
)
def onnx_weights(graph: Graph, files: ModelFiles, spec: ModelSpec) -> Iterator[Finding]:
    """The model's numbers are numbers, and each tensor has a part in it.

    NaN among weights makes answers that no threshold compares. Infinite numbers are only reported: masks of
    attention are made of them. Initializers that no node takes travel unjudged, and are refused above 64 KiB.
    """
    from sluicegate.validators.onnx.external_values import external_not_finite
    from sluicegate.validators.onnx.rules.weights import not_finite_faults, weights

    good = "no NaN, and no initializer that is left over"
    elsewhere = not_finite_faults(external_not_finite(graph, files))
    yield from findings([*weights(graph), *elsewhere], files.position(spec.artifact.path), good)


@check(
    "onnx-random",
    family="quality",
    static=True,
    remedy="Export it for inference; draw in training, or take the noise as an input.",
)
def onnx_random(graph: Graph, files: ModelFiles, spec: ModelSpec) -> Iterator[Finding]:
    """The model answers the same to the same rows: no operator draws random numbers.

    What is judged of a model that draws is true of one draw. A waiver may accept that.
    """
    from sluicegate.validators.onnx.rules.randomness import randomness

    yield from findings(randomness(graph), files.position(spec.artifact.path), "no operator draws")


@check(
    "onnx-texts",
    family="security",
    static=True,
    remedy="Take it out, and export the model again.",
)
def onnx_texts(graph: Graph, files: ModelFiles, spec: ModelSpec) -> Iterator[Finding]:
    """The model's names show as what they are, and no text of it holds a secret.

    Names go into reports and logs: control characters, those that turn the direction of text, and markup are
    refused. Keys, tokens and passwords are known by their issuers' forms.
    """
    from sluicegate.validators.onnx.rules.texts import names, secrets

    good = f"{len(graph.texts):,} texts"
    at = files.position(spec.artifact.path)
    yield from findings([*names(graph), *secrets(graph)], at, good)


@check(
    "personal-data",
    family="data",
    static=True,
    remedy="Take the data out and export the model again.",
)
def personal_data(graph: Graph, files: ModelFiles, spec: ModelSpec) -> Iterator[Finding]:
    """No text of the model holds a person's data: e-mail addresses, social security or card numbers.

    Exporters keep descriptions, class names and vocabularies, and with them what training data had. Looked
    for are the forms of such data; names alone are not known by any. A waiver may accept an address.
    """
    from sluicegate.validators.onnx.rules.texts import personal_data

    at = files.position(spec.artifact.path)
    yield from findings(personal_data(graph), at, "no e-mail address, social security or card number")
