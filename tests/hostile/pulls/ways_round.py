"""Ways round the rules: files that judge by another name, and rules that go rather than change."""

import shutil

from hostile.pull import MODEL, PRODUCTION, VALUES, Work

THREAT = "a pull request that goes round what judges it"
JUDGE = "judge-approved"
POLICY = "policy-approved"
DIGEST = "sha256:" + "a" * 64


def written(path: str, text: str = "# nothing\n", *, model: bool = False):
    def change(work: Work) -> None:
        work.write(path, text)
        if model:
            work.rise()

    return change


def removed(path: str, *, model: bool = False):
    def change(work: Work) -> None:
        (work.root / path).unlink()
        if model:
            work.rise()

    return change


def renamed(old: str, new: str):
    return lambda work: work.git("mv", old, new)


def linked(path: str, target: str):
    def change(work: Work) -> None:
        file = work.root / path
        if file.is_dir():
            shutil.rmtree(file)
        else:
            file.unlink(missing_ok=True)
        file.symlink_to(target)

    return change


def executable(path: str):
    return lambda work: (work.root / path).chmod(0o755)


def with_submodule(work: Work) -> None:
    work.git("rm", "-r", "--quiet", "--cached", "charts")
    work.plant("160000", "charts")


NAMED = {
    "a script that workflows run": (written(".github/scripts/judge.sh"), "changes workflows"),
    "a composite action": (written(".github/sluice/action.yml"), "changes workflows"),
    "another CI's configuration": (written(".circleci/config.yml"), "changes workflows"),
    "who may merge by itself": (written(".mergify.yml"), "changes what is merged or updated by itself"),
    "what updates the locks": (written("renovate.json", "{}"), "changes what is merged or updated by itself"),
    "workflows in capitals": (written(".GitHub/Workflows/take.yml"), "changes workflows"),
    "a lock in capitals": (written("Requirements.Lock"), "changes locked packages"),
    "the lock of another tool": (written("tools/pnpm-lock.yaml"), "changes locked packages"),
    "models in capitals": (
        written("Models/digits/model.yaml"),
        "changes what some systems take for other files",
    ),
    "an environment by another suffix": (
        written("environments/production/environment.yml"),
        "changes what some systems take for other files",
    ),
    "the judge's file is moved": (renamed("validators/checks/quality.py", "docs.py"), "changes checks"),
    "the judge's file becomes a program": (executable("validators/runner/run.py"), "changes checks"),
    "the judge's file becomes a link": (linked("gate/core/decision.py", "../x.py"), "changes the gate"),
    "the charts become a submodule": (with_submodule, "changes charts"),
    "owners by another place": (written("CODEOWNERS", "* @attacker\n"), "changes who owns what"),
    "owners are removed": (removed(".github/CODEOWNERS"), "changes who owns what"),
}
LOOSER = {
    "production is removed": (removed(PRODUCTION), "the environment is gone"),
    "what is stopped goes on": (removed("environments/stop.yaml"), "everything is no longer stopped"),
    "a server of another image": (
        written(VALUES, f"images: {{ort: {{repository: evil.example/x, digest: '{DIGEST}'}}}}\n"),
        "images is another",
    ),
    "no limits of the network": (
        written(VALUES, "replicas: 2\nnetworkPolicy: {enabled: false}\n"),
        "networkPolicy is another",
    ),
    "an image for all of production": (
        written("environments/production/values.yaml", "serviceAccountName: admin\n"),
        "serviceAccountName is another",
    ),
}


def another_model(work: Work) -> None:
    """The same model by another name, whose rules the base does not know."""
    shutil.copytree(work.root / MODEL, work.root / "models/digits-2", symlinks=True)
    shutil.rmtree(work.root / MODEL)


def pulls():
    for name, (change, says) in NAMED.items():
        yield name, change, JUDGE, says
    for name, (change, says) in LOOSER.items():
        yield name, change, POLICY, says
    yield (
        "what is stopped goes on, with a model",
        removed("environments/stop.yaml", model=True),
        POLICY,
        "together with model digits",
    )
    yield "the directory's name alone is another", another_model, "spec-valid", "digits-2"
