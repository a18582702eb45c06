"""The beginning of a model card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sluicegate.ci.report.markdown_text import code
from sluicegate.ci.scaffold.new_model import NewModel
from sluicegate.validators.onnx.facts import Graph


def _cell(text: object) -> str:
    return code(text, 120)


def model_card(
    new: NewModel, graph: Graph, inputs: Sequence[dict[str, Any]], outputs: Sequence[dict[str, Any]]
) -> str:
    """The beginning of the model card: what the files say, and headings for what only people know."""
    rows = [
        f"| {kind} | {_cell(tensor['name'])} | {tensor['dtype']} | {_cell(tensor['shape'])} |"
        for kind, tensors in (("input", inputs), ("output", outputs))
        for tensor in tensors
    ]
    opsets = ", ".join(f"{domain} {version}" for domain, version in sorted(graph.opsets.items()))
    return "\n".join(
        [
            f"# {new.name}",
            "",
            f"Task: {new.task}. Owners: {', '.join(map(_cell, new.owners))}.",
            "",
            "| | name | type | shape |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
            f"{sum(graph.ops.values()):,} nodes of {len(graph.ops)} kinds; opsets {_cell(opsets)}.",
            f"Judged on `data/evaluation{new.evaluation.suffix}`, label {_cell(new.label)}.",
            "",
            "## For what, and for what not",
            "",
            "## Trained on",
            "",
            "## Known limits",
            "",
        ]
    )
