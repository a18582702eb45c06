"""What surrounds the nodes that one graph has and another has not, small enough to be drawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sluicegate.validators.onnx.diff.flow import values_taken
from sluicegate.validators.onnx.walk import domain, nodes
from sluicegate.validators.onnx.wire.messages import Model, Node

MOST = 24
"""New and gone nodes of a picture."""
MOST_ARROWS = 60
LONGEST = 60
"""Characters of a box's words."""
NEW, GONE, SAME = "+", "-", " "

Arrow = tuple[str, str]
"""From box to box, each with its sign first."""


@dataclass(frozen=True)
class Picture:
    """The new and gone nodes with what they take from and give to."""

    arrows: tuple[Arrow, ...]
    new: int
    gone: int
    drawn: int
    """Of the new and gone ones."""


@dataclass(frozen=True)
class _Box:
    """A node of a graph, with all that is inside of it."""

    words: str
    takes: tuple[str, ...]
    gives: tuple[str, ...]
    inner: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...]


def picture(old: Model, new: Model) -> Picture | None:
    """What changed, drawn in both graphs; None where nothing did, or most of the old nodes are gone.

    A node is the same where operator, names of values and everything in its subgraphs are. An exporter that
    names all values anew leaves nothing to compare, and a picture of everything shows nothing.
    """
    before, after = _boxes(old), _boxes(new)
    known, kept = set(before), set(after)
    gone = [box for box in before if box not in kept]
    added = [box for box in after if box not in known]
    if not (gone or added) or len(gone) > len(before) / 2:
        return None
    drawn = [*added, *gone][:MOST]
    arrows = {
        **dict.fromkeys(_around(after, new, set(drawn) & set(added), NEW)),
        **dict.fromkeys(_around(before, old, set(drawn) & set(gone), GONE)),
    }
    return Picture(tuple(arrows)[:MOST_ARROWS], len(added), len(gone), len(drawn))


def _boxes(model: Model) -> list[_Box]:
    return [_box(node) for node in model.graph.node] if model.graph is not None else []


def _box(node: Node) -> _Box:
    inner = tuple(
        (domain(one.domain), one.op_type, tuple(one.input), tuple(one.output)) for one, _ in nodes([node])
    )
    words = f"{node.op_type} {node.output[0] if node.output else ''}"[:LONGEST]
    return _Box(words, tuple(sorted(values_taken(node))), tuple(node.output), inner)


def _around(boxes: Sequence[_Box], model: Model, changed: set[_Box], sign: str) -> Iterator[Arrow]:
    """The arrows to and from the changed boxes, in the graph's order."""
    graph = model.graph
    if graph is None:
        return
    makers = {value.name: f"{SAME}input {value.name}"[:LONGEST] for value in graph.input}
    takers: defaultdict[str, list[str]] = defaultdict(list)
    for value in graph.output:
        takers[value.name].append(f"{SAME}output {value.name}"[:LONGEST])
    shown = {box: (sign if box in changed else SAME) + box.words for box in boxes}
    for box in boxes:
        makers |= dict.fromkeys(box.gives, shown[box])
        for name in box.takes:
            takers[name].append(shown[box])
    for box in boxes:
        if box in changed:
            yield from ((makers[name], shown[box]) for name in box.takes if name in makers)
            yield from ((shown[box], taker) for name in box.gives for taker in takers[name])
