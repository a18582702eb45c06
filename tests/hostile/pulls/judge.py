"""What judges, releases or deploys every model, changed in silence."""

from hostile.pull import Work

THREAT = "a pull request that changes the judge"
CHECK = "judge-approved"
EMPTIED = {
    "a check is emptied": ("validators/checks/quality.py", "checks"),
    "the gate decides nothing": ("gate/core/decision.py", "the gate"),
    "a workflow of its own": (".github/workflows/take.yml", "workflows"),
    "hooks of pre-commit": (".pre-commit-config.yaml", "workflows"),
    "nobody owns anything": (".github/CODEOWNERS", "who owns what"),
    "no branch is protected": (".github/rulesets/main.json", "branch rules"),
    "a schema that allows all": ("models/model.schema.json", "schemas"),
    "a template of the chart": ("charts/onnx-serving/templates/deployment.yaml", "charts"),
    "packages of another lock": ("requirements.lock", "locked packages"),
    "a key of its own": ("environments/gate.pub", "keys that sign evidence"),
    "attributes at the root": (".gitattributes", "how git reads files"),
    "an LFS server of its own": (".lfsconfig", "how git reads files"),
    "modules of git": (".gitmodules", "how git reads files"),
}


def emptied(path: str, *, model: bool):
    def change(work: Work) -> None:
        work.write(path, "# nothing\n")
        if model:
            work.rise()

    return change


def pulls():
    for name, (path, words) in EMPTIED.items():
        yield name, emptied(path, model=False), CHECK, f"changes {words}: {path}"
        together = f"changes {words}: {path}, together with model digits"
        yield f"{name}, with a model", emptied(path, model=True), CHECK, together
