"""Two models' graphs side by side: what the second has that the first has not."""

from __future__ import annotations

import mmap
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sluicegate.validators.onnx.diff.flow import Operator, Way, operator_class, ways
from sluicegate.validators.onnx.diff.picture import Picture, picture
from sluicegate.validators.onnx.diff.weights import Weights, compare_weights
from sluicegate.validators.onnx.walk import bodies, domain, nodes
from sluicegate.validators.onnx.wire.decode import Buffer, decode
from sluicegate.validators.onnx.wire.messages import Model


@dataclass(frozen=True)
class GraphDiff:
    """What changed from one ONNX file to another."""

    operators: Mapping[Operator, int]
    """By operator, how many nodes more; fewer below 0. Without those of which there are as many."""
    classes: tuple[str, ...]
    """Classes of operators (`flow.operator_class`) that the first has none of."""
    ways: Mapping[Way, frozenset[str]]
    """By input and output, the classes on their ways that were on none before; empty where a way is new."""
    opsets: Mapping[str, tuple[int | None, int | None]]
    """By domain, its version before and now, where they differ."""
    weights: Weights
    bytes: tuple[int, int]
    """Of the file, before and now."""
    picture: Picture | None = None
    """The new and gone nodes with their neighbours; None where there is nothing that a picture shows."""


def graph_diff(old: Path, new: Path) -> GraphDiff:
    """Compare two files. Raises WireError for one that is not ONNX, OSError."""
    with _opened(old) as before, _opened(new) as after:
        return compare(before, after)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Model, Buffer]]:
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as buffer:
        yield decode(buffer)[0], buffer


def compare(old: tuple[Model, Buffer], new: tuple[Model, Buffer]) -> GraphDiff:
    """Compare two decoded models, each with its bytes."""
    before, after = _counted(old[0]), _counted(new[0])
    known = {operator_class(one) for one in before}
    return GraphDiff(
        operators={one: n for one in sorted({*before, *after}) if (n := after[one] - before[one])},
        classes=tuple(sorted({operator_class(one) for one in after} - known)),
        ways=_new_ways(ways(old[0]), ways(new[0])),
        opsets=_opsets(old[0], new[0]),
        weights=compare_weights(old, new),
        bytes=(len(old[1]), len(new[1])),
        picture=picture(old[0], new[0]),
    )


def _counted(model: Model) -> Counter[Operator]:
    return Counter((domain(node.domain), node.op_type) for body in bodies(model) for node, _ in nodes(body))


def _new_ways(
    old: Mapping[Way, frozenset[Operator]], new: Mapping[Way, frozenset[Operator]]
) -> dict[Way, frozenset[str]]:
    found = {}
    for way, operators in new.items():
        if way not in old:
            found[way] = frozenset[str]()
        elif added := {*map(operator_class, operators)} - {*map(operator_class, old[way])}:
            found[way] = frozenset(added)
    return found


def _opsets(old: Model, new: Model) -> dict[str, tuple[int | None, int | None]]:
    before = {domain(one.domain): one.version for one in old.opset_import}
    after = {domain(one.domain): one.version for one in new.opset_import}
    names = sorted({*before, *after})
    return {
        name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    }
