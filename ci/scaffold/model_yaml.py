"""The first model.yaml of a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sluicegate.ci.scaffold.new_model import Contents, Found
from sluicegate.ci.scaffold.quality import quality_lines
from sluicegate.specs.yamlio import render_flow
from sluicegate.validators.evaluation.estimates import Estimate


@dataclass(frozen=True)
class Judged:
    """`decision` and `score` of model.yaml; empty where there are none."""

    decision: Mapping[str, Any]
    score: Mapping[str, Any]
    figure: Estimate | None = None
    """What it reaches on the evaluation rows; None where it was not measured."""


def model_yaml(contents: Contents, judged: Judged) -> str:
    """The text of model.yaml: what is known, and rules that suit any model, for its owner to tighten."""
    new = contents.new
    found = contents.found
    artifact, reference, evaluation = (
        render_flow({"path": name, "sha256": digest}) for name, digest in contents.digests.items()
    )
    label = found.labels[0] if len(found.labels) == 1 else list(found.labels)
    lines = [
        "apiVersion: sluicegate.dev/v1",
        "kind: Model",
        "metadata:",
        f"  name: {render_flow(new.name)}",
        f"  owners: {render_flow(list(new.owners))}",
        "spec:",
        "  version: 1",
        f"  task: {found.task}",
        f"  artifact: {artifact}",
        "  signature:",
        "    inputs:",
        *(f"      - {render_flow(tensor)}" for tensor in contents.inputs),
        "    outputs:",
        *(f"      - {render_flow(tensor)}" for tensor in contents.outputs),
        *_selected(found, judged),
        *([f"  inputs: {render_flow(dict(found.inputs))}"] if found.inputs else []),
        *([f"  detection: {render_flow(dict(found.detection))}"] if found.detection else []),
        "  data:",
        f"    reference: {reference}",
        f"    evaluation: {evaluation}",
        f"    label: {render_flow(label)}",
        *([f"    group: {render_flow(found.group)}"] if found.group else []),
        *contents.columns,
        *quality_lines(found.task, judged.figure),
        "  latency: {not_slower_than: production, ratio: 1.5}",
        "  rollout:    # add `traffic` (requests per second) to have the deadline checked",
        "    steps: [1, 5, 25, 50, 100]",
        "    gates:",
        "      - {metric: error_rate, margin: 0.01}",
        "      - {metric: slow_requests, over_ms: 100, margin: 0.02}",
        *(["      - {metric: score_drift, margin: 0.1}"] if judged.score else []),
        "    deadline: 24h",
    ]
    return "\n".join(lines) + "\n"


def _selected(found: Found, judged: Judged) -> list[str]:
    """Classes, decision and score, those that there are."""
    lines = []
    if found.classes:
        lines.append(
            f"  classes: {render_flow(list(found.classes))}    # in the order of the output's numbers"
        )
    if judged.decision:
        lines.append(f"  decision: {render_flow(dict(judged.decision))}")
    if judged.score:
        lines.append(
            f"  score: {render_flow(dict(judged.score))}    # edges: deciles of the reference's scores"
        )
    return lines
