"""What belongs to no model: environments, names, charts, what is removed."""

from __future__ import annotations

from pathlib import Path

from examples.make.environments import CHART, ENVIRONMENT, RELEASE, SERVED, VALUES, environment, placed
from examples.make.model import BEFORE, PLAIN, TEXT
from examples.make.write import write


def examples(bad: Path) -> None:
    """Write them below `bad`."""
    write(
        bad / "release-untouched/by-hand",
        verdict="fail",
        says="written by the gate alone",
        candidate=PLAIN,
        base=BEFORE,
        changed=[RELEASE, "models/tiny/model.yaml"],
    )
    write(
        bad / "environment-valid/unknown-key",
        verdict="fail",
        says="trafic",
        beside={ENVIRONMENT: environment("production").replace("traffic:", "trafic:")},
        changed=[ENVIRONMENT],
    )
    write(
        bad / "environment-valid/after-nothing",
        verdict="fail",
        says="there is no environment 'dev' to come after",
        beside={ENVIRONMENT: environment("production", after="dev")},
        changed=["environments/dev/environment.yaml"],
    )
    write(
        bad / "environment-valid/after-itself",
        verdict="fail",
        says="waits for itself: production after dev after production",
        beside={
            ENVIRONMENT: environment("production", after="dev"),
            "environments/dev/environment.yaml": environment("dev", after="production"),
        },
        changed=[ENVIRONMENT],
    )
    write(
        bad / "environment-valid/taken-away",
        verdict="fail",
        says=f"production is removed, and {RELEASE} is there",
        beside={RELEASE: SERVED},
        changed=[ENVIRONMENT],
    )
    write(
        bad / "name-conflicts/one-namespace",
        verdict="fail",
        says="the namespace models of the cluster in-cluster is east's already",
        beside={f"environments/{name}/environment.yaml": environment(name) for name in ("east", "west")},
        changed=["environments/west/environment.yaml"],
    )
    write(
        bad / "model-removed/still-served",
        verdict="fail",
        says="models/tiny is removed, and production still serves it",
        base=BEFORE,
        beside={f"base/{RELEASE}": SERVED},
        changed=["models/tiny/model.yaml"],
    )
    write(
        bad / "gate-renders/no-chart",
        verdict="fail",
        says="charts/gate is not there",
        beside={"environments/gate.yaml": "interval: 5\n"},
        changed=["environments/gate.yaml"],
    )
    write(
        bad / "affected-renders/value-twice",
        verdict="fail",
        says="engine: the key is given twice",
        beside={
            **placed(),
            **CHART,
            "models/other/model.yaml": TEXT.decode().replace("name: tiny", "name: other"),
            "environments/production/other/values.yaml": "engine: ort\nengine: triton\n",
        },
        changed=["environments/production/other/values.yaml"],
    )
    write(
        bad / "environment-gpus/smaller-pool",
        verdict="fail",
        says="production: needs 6 of 4 nvidia.com/gpu",
        candidate=PLAIN,
        beside={**placed(1), **CHART, VALUES: "gpu: {kind: whole}\n"},
        changed=[ENVIRONMENT],
    )
