"""The first model.yaml of a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sluicegate.ci.scaffold.new_model import NewModel
from sluicegate.specs.yamlio import render_flow

_RULES = {
    "binary-classification": "roc_auc",
    "multiclass-classification": "accuracy",
}
"""By task, the metric that the first quality rule names; for a regression its owner chooses one."""


def model_yaml(
    new: NewModel,
    inputs: Sequence[dict[str, Any]],
    outputs: Sequence[dict[str, Any]],
    digests: dict[str, str],
) -> str:
    """The text of model.yaml: what is known, and rules that fit any model, to be sharpened by its owner."""
    artifact, reference, evaluation = (
        render_flow({"path": name, "sha256": digest}) for name, digest in digests.items()
    )
    lines = [
        "apiVersion: sluicegate.dev/v1",
        "kind: Model",
        "metadata:",
        f"  name: {render_flow(new.name)}",
        f"  owners: {render_flow(list(new.owners))}",
        "spec:",
        "  version: 1",
        f"  task: {new.task}",
        f"  artifact: {artifact}",
        "  signature:",
        "    inputs:",
        *(f"      - {render_flow(tensor)}" for tensor in inputs),
        "    outputs:",
        *(f"      - {render_flow(tensor)}" for tensor in outputs),
        "  data:",
        f"    reference: {reference}",
        f"    evaluation: {evaluation}",
        f"    label: {render_flow(new.label)}",
    ]
    metric = _RULES.get(new.task)
    if metric is not None:
        lines += [
            "  quality:    # add what it must reach at least: {metric: " + metric + ", at_least: ...}",
            f"    - {{metric: {metric}, not_worse_than: production, margin: 0.01}}",
        ]
    lines += [
        "  latency: {not_slower_than: production, ratio: 1.5}",
        "  rollout:    # add `traffic`, the requests a second: then it is checked that it can end in time",
        "    steps: [1, 5, 25, 50, 100]",
        "    gates:",
        "      - {metric: error_rate, margin: 0.01}",
        "      - {metric: slow_requests, over_ms: 100, margin: 0.02}",
        "    deadline: 24h",
    ]
    return "\n".join(lines) + "\n"
