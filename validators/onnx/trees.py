"""Ensembles of trees of ai.onnx.ml: an engine follows their numbers without looking where they lead.

A child that leads back makes an endless walk, a feature beyond the row reads memory that is not the row's
(onnx/docs/Operators-ml.md, TreeEnsembleClassifier and TreeEnsembleRegressor; TreeEnsemble, which takes their
place from opset 5 on, is loaded in the contained child alone).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from sluicegate.validators.onnx.walk import bodies, domain, nodes
from sluicegate.validators.onnx.wire import values
from sluicegate.validators.onnx.wire.decode import Buffer
from sluicegate.validators.onnx.wire.messages import Attribute, Model, Node

WEIGHTS = {"TreeEnsembleRegressor": "target", "TreeEnsembleClassifier": "class"}
"""By operator what its leaves give weights to."""
MAX_NODES = 20_000_000
MAX_TARGETS = 100_000
_LEAF = "LEAF"
_FEWEST_CLASSES = 2


def tree_faults(model: Model, buffer: Buffer) -> Iterator[str]:
    """What is wrong with each ensemble, the first thing, in words."""
    columns = _columns(model)
    for body in bodies(model):
        for node, _ in nodes(body):
            if node.op_type in WEIGHTS and domain(node.domain) == "ai.onnx.ml":
                given = {one.name: one for one in node.attribute}
                words = _fault(_Lists(given, buffer), node, columns.get((*node.input, "")[0]))
                if words is not None:
                    yield f"{node.op_type} {node.name[:80]!r}: {words}"


def _columns(model: Model) -> dict[str, int]:
    """By input of the graph, how long its rows are, where that is fixed."""
    found = {}
    for value in model.graph.input if model.graph is not None else ():
        kind = value.type.tensor_type if value.type is not None else None
        last = kind.shape.dim[-1] if kind is not None and kind.shape is not None and kind.shape.dim else None
        if last is not None and last.dim_value is not None and last.dim_value > 0:
            found[value.name] = last.dim_value
    return found


class _Lists:
    """The attributes of one ensemble, as lists."""

    def __init__(self, given: Mapping[str, Attribute], buffer: Buffer) -> None:
        self._given, self._buffer = given, buffer

    def ints(self, name: str) -> Sequence[int] | None:
        one = self._given.get(name)
        return () if one is None else values.ints(self._buffer, one.ints, MAX_NODES)

    def texts(self, name: str) -> Sequence[str] | None:
        one = self._given.get(name)
        return () if one is None else values.texts(self._buffer, one.strings, MAX_NODES)

    def number(self, name: str) -> int | None:
        one = self._given.get(name)
        return None if one is None else one.i


def _fault(lists: _Lists, node: Node, columns: int | None) -> str | None:
    names = ("treeids", "nodeids", "featureids", "truenodeids", "falsenodeids")
    every = [lists.ints(f"nodes_{name}") for name in names]
    modes = lists.texts("nodes_modes")
    if modes is None or any(one is None for one in every):
        return f"more than {MAX_NODES:,} nodes"
    trees, ids, features, lower, upper = (one or () for one in every)
    if any(len(one) != len(ids) for one in (trees, features, lower, upper, modes)):
        return "its lists of nodes differ in length"
    inner = [at for at, mode in enumerate(modes) if mode != _LEAF]
    wrong = next((features[at] for at in inner if not 0 <= features[at] < (columns or 1 << 31)), None)
    if wrong is not None:
        return f"a node reads column {wrong:,}" + (f" of {columns:,}" if columns else "")
    places = set(zip(trees, ids, strict=True))
    if len(places) < len(ids):
        return "a node is there twice"
    return _paths(trees, ids, inner, lower, upper) or _leaves(lists, node, places)


def _paths(
    trees: Sequence[int], ids: Sequence[int], inner: Sequence[int], lower: Sequence[int], upper: Sequence[int]
) -> str | None:
    """Every child is there and has one parent, and the first node of a tree none: so no walk is endless."""
    children = list(chain(((trees[at], lower[at]) for at in inner), ((trees[at], upper[at]) for at in inner)))
    reached = set(children)
    if reached - set(zip(trees, ids, strict=True)):
        return "a node leads to one that is not there"
    roots: dict[int, int] = {}
    for tree, number in zip(trees, ids, strict=True):
        roots.setdefault(tree, number)
    if len(reached) < len(children) or not reached.isdisjoint(roots.items()):
        return "nodes lead to one another in a circle, or two lead to the same"
    return None


def _leaves(lists: _Lists, node: Node, places: set[tuple[int, int]]) -> str | None:
    kind = WEIGHTS[node.op_type]
    every = [lists.ints(f"{kind}_{name}") for name in ("treeids", "nodeids", "ids")]
    if any(one is None for one in every):
        return f"more than {MAX_NODES:,} weights"
    trees, ids, targets = (one or () for one in every)
    if not len(trees) == len(ids) == len(targets):
        return "its lists of weights differ in length"
    if not places.issuperset(zip(trees, ids, strict=True)):
        return "a weight is of a node that is not there"
    most = _targets(lists, node.op_type)
    if most > MAX_TARGETS:
        return f"{most:,} targets, more than {MAX_TARGETS:,}"
    wrong = next((target for target in targets if not 0 <= target < most), None)
    return None if wrong is None else f"a weight is of target {wrong:,}, of {most:,}"


def _targets(lists: _Lists, operator: str) -> int:
    if operator == "TreeEnsembleRegressor":
        return lists.number("n_targets") or 1
    labels = max(len(lists.ints("classlabels_int64s") or ()), len(lists.texts("classlabels_strings") or ()))
    return max(labels, _FEWEST_CLASSES)
