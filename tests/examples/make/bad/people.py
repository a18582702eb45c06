"""Who answers for a model, and who agrees to a looser rule."""

from __future__ import annotations

from pathlib import Path

from examples.make.environments import ENVIRONMENT, environment
from examples.make.model import EVALUATION, PLAIN, model
from examples.make.write import write


def examples(bad: Path) -> None:
    """Write them below `bad`."""
    write(
        bad / "owners-known/another-owner",
        verdict="fail",
        says="@example/owners owns this model, and CODEOWNERS:2 (/models/tiny/) does not name it",
        candidate=PLAIN,
        beside={"CODEOWNERS": "* @example/all\n/models/tiny/ @example/others\n"},
    )
    floor = "{margins: {score_drift: 0.1}}"
    owners = "* @example/all\n/environments/ @example/owners\n"
    write(
        bad / "policy-approved/no-floor",
        verdict="inconclusive",
        says="policy.margins.score_drift none, not 0.1; 0 of 2 owners: nobody approved it of @example/owners",
        beside={
            ENVIRONMENT: environment("production"),
            f"base/{ENVIRONMENT}": environment("production", policy=floor),
            "base/CODEOWNERS": owners,
            "CODEOWNERS": "* @example/friends\n",
        },
        changed=[ENVIRONMENT, "CODEOWNERS"],
    )
    write(
        bad / "rows-approved/nobody",
        verdict="inconclusive",
        says="names other evaluation rows than the base; nobody approved it of @example/owners",
        candidate=model(evaluation=EVALUATION + EVALUATION.splitlines(keepends=True)[-1]),
        base=PLAIN,
        beside={"base/CODEOWNERS": "/models/ @example/owners\n"},
        changed=["models/tiny/model.yaml"],
    )
    workflow = ".github/workflows/validate.yaml"
    write(
        bad / "judge-approved/with-a-model",
        verdict="fail",
        says="changes workflows: .github/workflows/validate.yaml, together with model tiny",
        candidate=PLAIN,
        base=PLAIN,
        beside={workflow: "on: pull_request_target\n", f"base/{workflow}": "on: pull_request\n"},
        changed=[workflow, "models/tiny/model.yaml"],
    )
