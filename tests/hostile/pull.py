"""What a hostile pull request is, and the repository that it is made against: this product's own files."""

from __future__ import annotations

import hashlib
import importlib
import os
import pkgutil
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from support.repositories import git

from hostile import pulls

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
class Pull:
    """A change that must be refused by this check, with these words in its message."""

    threat: str
    name: str
    change: Change
    check: str
    says: str


def every_pull() -> Iterator[Pull]:
    """All pull requests of all threats, in order."""
    for module in pkgutil.iter_modules(pulls.__path__):
        threat = importlib.import_module(f"{pulls.__name__}.{module.name}")
        for name, change, check, says in threat.pulls():
            yield Pull(module.name, name, change, check, says)


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
