"""What a hostile pull request is, and the repository that it is made against: this product's own files."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from support.repositories import git

from hostile import pulls
from hostile.expected import Expected, threats_of

PRODUCT = Path(__file__).parents[2]
PARTS = (
    "models/digits",
    "models/model.schema.json",
    "environments",
    "charts/onnx-serving",
    ".github",
    "requirements.lock",
    "validators/runner/run.py",
    "validators/checks/quality.py",
    "gate/core/decision.py",
)
MODEL = "models/digits"
SPEC = f"{MODEL}/model.yaml"
PRODUCTION = "environments/production/environment.yaml"
VALUES = "environments/production/digits/values.yaml"
MORE = {
    "environments/stop.yaml": "apiVersion: sluicegate.dev/v1\nkind: Stop\nspec: {reason: we move}\n",
    VALUES: "replicas: 2\nnetworkPolicy: {enabled: true}\n",
    ".github/scripts/judge.sh": "sluice validate --all\n",
}
"""What lies in a repository that is used, beside the product's own files."""


@dataclass(frozen=True)
class Work:
    """The work tree of the attacker's branch."""

    root: Path

    def git(self, *words: str) -> str:
        """The attacker's own git."""
        return git(*words, cwd=self.root)

    def write(self, path: str, content: str | bytes) -> None:
        """Write a file."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace words that must be there."""
        text = (self.root / path).read_text()
        assert old in text, f"{path} has no {old!r}"
        self.write(path, text.replace(old, new))

    def pin(self, name: str, content: bytes) -> None:
        """Write a file of the model, and the digest that model.yaml names for it."""
        before = hashlib.sha256((self.root / MODEL / name).read_bytes()).hexdigest()
        self.write(f"{MODEL}/{name}", content)
        self.edit(SPEC, before, hashlib.sha256(content).hexdigest())

    def rise(self) -> None:
        """Bring another version of the model."""
        self.edit(SPEC, "  version: 2", "  version: 3")

    def plant(self, mode: str, name: str, content: bytes = b"") -> None:
        """Put an entry into the commit that no file system holds: of any mode, under any name."""
        if mode == "160000":
            oid = "1" * 40
        else:
            words = ["git", "hash-object", "-w", "--stdin"]
            oid = subprocess.run(words, cwd=self.root, input=content, capture_output=True, check=True).stdout
            oid = oid.decode().strip()
        record = f"{mode} {oid}\t{name}\0".encode()
        words = ["git", "update-index", "-z", "--add", "--index-info"]
        subprocess.run(words, cwd=self.root, input=record, capture_output=True, check=True)


Change = Callable[[Work], str | None]
"""Makes the change in the work tree; what it returns is the commit's message."""


@dataclass(frozen=True)
class Pull(Expected):
    """A change that must be refused."""

    change: Change


def every_pull() -> Iterator[Pull]:
    """All pull requests of all threats, in order."""
    for threat, module in threats_of(pulls):
        for name, change, check, says in module.pulls():
            yield Pull(threat, name, check, says, change)


def new_base(root: Path) -> Work:
    """main, with a model that sound pull requests change."""
    root.mkdir(parents=True)
    for part in PARTS:
        source, target = PRODUCT / part, root / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    work = Work(root)
    for path, text in MORE.items():
        work.write(path, text)
    work.git("init", "--quiet", "--initial-branch=main")
    work.git("add", "--all")
    work.git("commit", "--quiet", "--message", "Begin")
    return work


def opened(pull: Pull, base: Work, root: Path) -> Work:
    """The pull request's branch `topic`, in a clone of the base."""
    git("clone", "--quiet", "--no-hardlinks", os.fspath(base.root), os.fspath(root), cwd=base.root)
    work = Work(root)
    work.git("switch", "--quiet", "--create", "topic")
    message = pull.change(work)
    planted = work.git("diff", "--cached", "--name-only")
    if not planted:
        work.git("add", "--all")
    work.git("commit", "--quiet", "--message", message or "A better model")
    return work
