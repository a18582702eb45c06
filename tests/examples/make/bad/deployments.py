"""What runs in an environment."""

from __future__ import annotations

from pathlib import Path

from examples.make.environments import CHART, ENVIRONMENT, IMPOSSIBLE, VALUES, environment, placed
from examples.make.model import PLAIN, model, watching
from examples.make.write import write


def examples(bad: Path) -> None:
    """Write them below `bad`."""
    write(
        bad / "input-drift-reference/shifted",
        verdict="fail",
        says="size: 0.7 is declared, ",
        candidate=model(gates=watching(0.7)),
    )
    write(
        bad / "rollout-decidable/too-few",
        verdict="fail",
        says="the deadline is 60 min",
        candidate=model(rollout="    traffic: 0.1\n    deadline: 1h"),
    )

    write(
        bad / "rollout-decidable/in-production",
        verdict="fail",
        says="production: about ",
        candidate=PLAIN,
        beside={ENVIRONMENT: environment("production", rollout=IMPOSSIBLE)},
    )
    write(
        bad / "rollout-rules/floor-without-gate",
        verdict="fail",
        says="its floor has a margin for score_drift, and the model has no such gate",
        candidate=PLAIN,
        beside={ENVIRONMENT: environment("production", policy="{margins: {score_drift: 0.1}}")},
    )
    write(
        bad / "chart-renders/no-chart",
        verdict="fail",
        says="charts/onnx-serving/values.yaml is not there",
        candidate=PLAIN,
        beside=placed(),
    )
    write(
        bad / "chart-renders/value-twice",
        verdict="fail",
        says="engine",
        candidate=PLAIN,
        beside={**placed(), **CHART, VALUES: "engine: ort\nengine: triton\n"},
    )
    write(
        bad / "gpu-fit/too-few",
        verdict="fail",
        says="production: needs 16 of 8 nvidia.com/gpu (2 nodes with 4 each; stable+canary+surge): tiny (3+3",
        candidate=PLAIN,
        beside={**placed(2), **CHART, VALUES: "replicas: 3\ngpu: {kind: whole, count: 2}\n"},
    )
    write(
        bad / "gpu-fit/no-pool",
        verdict="fail",
        says="production has no gpu_pool, and GPUs are asked for by tiny (nvidia.com/gpu)",
        candidate=PLAIN,
        beside={**placed(), **CHART, VALUES: "gpu: {kind: whole}\n"},
    )
    write(
        bad / "gpu-fit/not-packed",
        verdict="fail",
        says="pods of these sizes take 4 nodes, and there are 3",
        candidate=PLAIN,
        beside={**placed(3), **CHART, VALUES: "replicas: 1\ngpu: {kind: whole, count: 3}\n"},
    )
    write(
        bad / "gpu-fit/other-resource",
        verdict="fail",
        says="no node of a100 advertises nvidia.com/mig-1g.10gb",
        candidate=PLAIN,
        beside={**placed(2), **CHART, VALUES: "gpu: {kind: mig, migProfile: 1g.10gb}\n"},
    )
