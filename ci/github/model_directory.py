"""What a model's files say of it beside model.yaml: its graph, its licence, the packages that it pins."""

from __future__ import annotations

from dataclasses import dataclass

from sluicegate.specs.layout import model_directory
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.tree import Tree
from sluicegate.validators.checks.files import LICENCES
from sluicegate.validators.onnx.facts import Graph, graph_of
from sluicegate.validators.submission.requirements import REQUIREMENTS, pins

MOST = 5
"""Operators that an architecture names: the most frequent."""


@dataclass(frozen=True)
class Directory:
    """What is known of a model from its files; empty for what they do not say."""

    architecture: str = ""
    licence: str = ""
    """The first line of its licence."""
    packages: tuple[tuple[str, str], ...] = ()
    """Pinned requirements: name, as the package index writes it, and version."""


def read_directory(tree: Tree, spec: ModelSpec) -> Directory:
    """Read a model's directory in a tree. Raises GraphError for an artifact that is not ONNX, TreeError."""
    directory = model_directory(spec.name)
    there = {entry.path.removeprefix(f"{directory}/") for entry in tree.entries(directory) if entry.plain}
    artifact = spec.artifact.path
    licence = next((name for name in LICENCES if name in there), None)
    text = _text(tree, f"{directory}/{REQUIREMENTS}") if REQUIREMENTS in there else ""
    return Directory(
        architecture(graph_of(tree.read(f"{directory}/{artifact}"), artifact)) if artifact in there else "",
        "" if licence is None else _first_line(_text(tree, f"{directory}/{licence}")),
        tuple(sorted({(pin.name, pin.version) for pin in pins(text)})),
    )


def architecture(graph: Graph) -> str:
    """Format, opsets, the most frequent operators: `ONNX (ai.onnx 17, IR 8): 3 Gemm, 2 Relu; ...`."""
    opsets = ", ".join(f"{domain} {version}" for domain, version in sorted(graph.opsets.items()))
    ordered = sorted(graph.ops.items(), key=lambda one: (-one[1], one[0]))
    shown = [f"{count:,} {name}" for (_, name), count in ordered[:MOST]]
    more = f" and {len(ordered) - MOST} more kinds" if len(ordered) > MOST else ""
    nodes = ", ".join(shown) + more
    return f"ONNX ({opsets}, IR {graph.ir_version}): {nodes}; {graph.parameters:,} numbers in all tensors"


def _text(tree: Tree, path: str) -> str:
    return tree.read(path).decode(errors="replace")


def _first_line(text: str) -> str:
    return next((line.strip()[:200] for line in text.splitlines() if line.strip()), "")
