"""The beginning of a model card."""

from __future__ import annotations

from sluicegate.ci.report.markdown_text import code
from sluicegate.ci.scaffold.new_model import Contents


def _cell(text: object) -> str:
    return code(text, 120)


def model_card(contents: Contents) -> str:
    """The beginning of the model card: what the files say, and headings for what only people know."""
    new = contents.new
    graph = contents.graph
    rows = [
        f"| {kind} | {_cell(tensor['name'])} | {tensor['dtype']} | {_cell(tensor['shape'])} |"
        for kind, tensors in (("input", contents.inputs), ("output", contents.outputs))
        for tensor in tensors
    ]
    labels = ", ".join(map(_cell, contents.found.labels))
    opsets = ", ".join(f"{domain} {version}" for domain, version in sorted(graph.opsets.items()))
    return "\n".join(
        [
            f"# {new.name}",
            "",
            f"Task: {contents.found.task}. Owners: {', '.join(map(_cell, new.owners))}.",
            "",
            "| | name | type | shape |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
            f"{sum(graph.ops.values()):,} nodes of {len(graph.ops)} kinds; opsets {_cell(opsets)}.",
            f"Judged on `data/evaluation{new.evaluation.suffix}`, label {labels}.",
            "",
            "## For what, and for what not",
            "",
            "## Trained on",
            "",
            "## Known limits",
            "",
        ]
    )
