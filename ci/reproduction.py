"""A version trained again by the command that it declares, in a fresh environment, and compared.

It runs a repository's code with its owner's rights: on the owner's machine alone, and never for a change.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sluicegate.ci.model_reader import load
from sluicegate.ci.scaffold.artifact_files import ArtifactFiles, artifact_files
from sluicegate.ci.scaffold.imported import require_own_machine
from sluicegate.ci.scaffold.quality import measured
from sluicegate.gate.adapters.git.clone import Clone
from sluicegate.gate.adapters.git.history import History
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.adapters.git.write import Signature
from sluicegate.specs import layout
from sluicegate.specs.lineage import Training
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.tree import Tree, WorkTree
from sluicegate.specs.yamlio import Document, InputError, splice
from sluicegate.validators.evaluation.first_figure import FIRST_METRICS
from sluicegate.validators.onnx.facts import read_graph
from sluicegate.validators.runner.inputs import Inputs, Unavailable
from sluicegate.validators.submission.candidate import Candidate

CODE = "git+"
"""What begins the address of a repository in `lineage.code`."""
_NOBODY = Signature("sluice", "sluice@localhost")


@dataclass(frozen=True)
class Reproduction:
    """What came out: `sha256` is the declared artifact's, `made` the one that was trained now.

    `metric`, `before` and `now` are the first metric's name and figures, where the bytes differ and a
    tolerance is declared.
    """

    model: str
    version: int
    commit: str
    sha256: str
    made: str
    tolerance: float | None = None
    metric: str = ""
    before: float | None = None
    now: float | None = None

    @property
    def same(self) -> bool:
        """Whether the bytes are the version's own."""
        return self.made == self.sha256

    @property
    def good(self) -> bool:
        """Whether it is the version again: by its bytes, or by its metric within the tolerance."""
        if self.same:
            return True
        if self.before is None or self.now is None or self.tolerance is None:
            return False
        return abs(self.now - self.before) <= self.tolerance


def reproduce(repository: Repository, tip: str, model: str, version: int | None) -> Reproduction:
    """Train a version again; the one at `tip` where none is named.

    Raises InputError for a version that is not in the history or declares no training, and where the
    environment cannot be made or the command fails; GitError, GraphError.
    """
    require_own_machine("training runs the repository's code", "run it on your own machine")
    commit, document, spec = _declared(repository, tip, model, version)
    training = spec.lineage.training
    if training is None:
        raise InputError(
            document.problem(
                ("spec",),
                "declares no `lineage.training`",
                "add command, requirements and output: docs/mlflow.md",
            )
        )
    with tempfile.TemporaryDirectory(prefix="sluice-reproduce-") as name:
        folder = Path(name)
        checkout = _checkout(folder / "code", spec.lineage.code, repository, commit)
        output = _trained(training, checkout, folder / "environment")
        files = artifact_files(spec.artifact, output, read_graph(output))
        found = Reproduction(
            model, spec.version, commit, spec.artifact.sha256, files.sha256, training.tolerance
        )
        if found.same or training.tolerance is None:
            return found
        before, now = _figures(repository.tree(commit), document.text, spec, files, folder)
    metric = FIRST_METRICS[spec.task]
    return Reproduction(
        found.model, found.version, commit, found.sha256, found.made, found.tolerance, metric, before, now
    )


def _declared(
    repository: Repository, tip: str, model: str, version: int | None
) -> tuple[str, Document, ModelSpec]:
    """The last commit at which the model was that version. Raises InputError."""
    directory = layout.model_directory(model)
    with closing(History(repository.directory, tip, layout.model_path(model))) as history:
        for step in history:
            tree = repository.tree(step.sha)
            try:
                document, spec = load(tree, directory)
            except InputError:
                if version is None:
                    raise
                continue
            if version in (None, spec.version):
                return step.sha, document, spec
    what = f"version {version} of {model}" if version else model
    raise InputError.of(f"{what} is not in the history of {tip[:12]}", "see `git log` of its model.yaml")


def _checkout(folder: Path, code: str | None, repository: Repository, commit: str) -> Path:
    """The training code: what `lineage.code` names by address and commit, else the model's repository."""
    address = str(repository.directory)
    if code is not None and code.startswith(CODE):
        address, _, commit = code.removeprefix(CODE).rpartition("@")
    clone = Clone.create(folder, _NOBODY, address)
    clone.git("fetch", "--quiet", "--depth=1", "origin", commit)
    clone.git("checkout", "--quiet", "--detach", "FETCH_HEAD")
    return folder


def _trained(training: Training, checkout: Path, environment: Path) -> Path:
    """Run the command; the ONNX file that it wrote. Raises InputError."""
    requirements = checkout / training.requirements
    if not requirements.is_file():
        raise InputError.of(f"there is no {training.requirements} in the training code", "commit it there")
    output = checkout / training.output
    output.unlink(missing_ok=True)  # what was committed there is no result
    _make_environment(environment, requirements)
    path = os.pathsep.join([str(environment / "bin"), os.environ.get("PATH", "")])
    _call(training.command, "the training", checkout, {"PATH": path, "VIRTUAL_ENV": str(environment)})
    if output.is_symlink() or not output.is_file():
        raise InputError.of(f"the training wrote no {training.output}", "correct lineage.training.output")
    return output


def _make_environment(environment: Path, requirements: Path) -> None:
    """A fresh one with the pinned packages alone, each held against its hash."""
    python = str(environment / "bin" / "python")
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    pinned = ("--require-hashes", "-r", str(requirements))
    if uv is None:
        _call((sys.executable, "-m", "venv", str(environment)), "the environment")
        _call((python, "-m", "pip", "install", "--quiet", *pinned), "the environment")
        return
    _call((uv, "venv", "--quiet", "--python", sys.executable, str(environment)), "the environment")
    _call((uv, "pip", "install", "--quiet", "--python", python, *pinned), "the environment")


def _call(
    words: Sequence[str], what: str, directory: Path | None = None, more: dict[str, str] | None = None
) -> None:
    """Run a program, whose output is shown on standard error. Raises InputError where it fails."""
    own = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")}
    environment = {**own, **(more or {})}
    program = shutil.which(words[0], path=environment.get("PATH"))
    if program is None:
        raise InputError.of(f"{what}: there is no program {words[0]}", "install it, or name another")
    try:
        done = subprocess.run([program, *words[1:]], cwd=directory, env=environment, stdout=2, check=False)
    except OSError as error:
        raise InputError.of(f"{what}: {words[0]} cannot be run: {error.strerror}", "see it") from error
    if done.returncode:
        raise InputError.of(f"{what}: {words[0]} ended with {done.returncode}", "see what it wrote above")


def _figures(
    tree: Tree, text: bytes, spec: ModelSpec, made: ArtifactFiles, folder: Path
) -> tuple[float, float]:
    """The first metric of the task, of the version and of what was made, in a contained child each.

    `text` is model.yaml. Raises InputError where it cannot be measured.
    """
    directory = layout.model_directory(spec.name)
    before, now = folder / "before", folder / "now"
    for root in (before, now):
        tree.copy(directory, root / directory)
    changed = splice(text, made.changes(spec.artifact))
    _replace(now / directory, made, changed)
    return _figure(spec.name, before, folder / "scratch-before"), _figure(
        spec.name, now, folder / "scratch-now"
    )


def _replace(target: Path, made: ArtifactFiles, text: bytes) -> None:
    for source, file in zip(made.sources, made.files, strict=True):
        (target / file.path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target / file.path)
    (target / layout.MODEL_FILE).write_bytes(text)


def _figure(model: str, root: Path, scratch: Path) -> float:
    scratch.mkdir()
    subject = Candidate(model, WorkTree(root), load).subject()
    try:
        return measured(Inputs({**subject.given, "workdir": scratch})).figure.value
    except Unavailable as problem:
        raise InputError.of(
            f"its quality cannot be measured: {problem.reason}", "see sluice validate"
        ) from problem
