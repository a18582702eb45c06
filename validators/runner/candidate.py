"""The data behind the inputs: the model to judge, its files, the version that runs now, and the base side."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from sluicegate.specs.model import ModelSpec
from sluicegate.specs.tree import KINDS, FileEntry, Tree
from sluicegate.specs.yamlio import Document, Problem
from sluicegate.validators.runner.finding import Place

MAX_FILES = 1_000
MAX_SIZE = 2 << 30
"""Bytes of all files of one model together; protobuf itself ends at 2 GiB."""
_RELEASE = re.compile(r"environments/[^/]+/[^/]+/release\.yaml")


class Unavailable(Exception):
    """An input that cannot be made, and why.

    `because` names the check that reports the cause as the submission's own fault; without it something of
    ours broke.
    """

    def __init__(self, reason: str, because: str | None = None) -> None:
        super().__init__(reason, because)
        self.reason, self.because = reason, because


@dataclass(frozen=True)
class Candidate:
    """One model to judge: its directory `path` in `tree`.

    `production` holds the version that runs now (None for a first release) and `base` the side that the
    pull request goes into (None when there is none); `changed` are the paths that differ from the base,
    from the tree's root. `load` reads the model.yaml of a directory of a tree; it raises InputError.
    `environments` are those to place it in, all for None.
    """

    model: str
    path: str
    tree: Tree
    load: Callable[[Tree, str], tuple[Document, ModelSpec]]
    production: Tree | None = None
    base: Tree | None = None
    changed: tuple[str, ...] = ()
    environments: tuple[str, ...] | None = None


@dataclass(frozen=True)
class ModelFiles:
    """A model's directory: its entries as the tree lists them, by their path below it, and a copy on disk."""

    path: str
    """The directory, from the tree's root."""
    entries: Mapping[str, FileEntry]
    directory: Path
    """Where the plain files were copied; links and the like are not there."""
    _digests: dict[str, str] = field(default_factory=dict, compare=False)

    def place(self, name: str, line: int | None = None, column: int | None = None) -> Place:
        """Where a finding about this file points."""
        return Place(f"{self.path}/{name}", line, column)

    def fault(self, name: str) -> str | None:
        """Why this is no plain file of the directory, in words; None when it is one."""
        pure = PurePosixPath(name)
        if not name or "\\" in name or "\0" in name or pure.is_absolute() or ".." in pure.parts:
            return "leads out of the model's directory"
        for part in [pure, *pure.parents]:
            entry = self.entries.get(part.as_posix())
            if entry is not None and not entry.plain:
                return f"is {KINDS.get(entry.mode, 'no plain file')}"
        return None if pure.as_posix() in self.entries else "is not there"

    def contains(self, name: str) -> bool:
        """Whether this is a plain file of the directory, and no way to it leads through a link."""
        return self.fault(name) is None

    def head(self, name: str, size: int = 64) -> bytes:
        """The first bytes of a plain file."""
        with (self.directory / name).open("rb") as stream:
            return stream.read(size)

    def digest(self, name: str) -> str:
        """`sha256:...` of a plain file; each file is read once."""
        if name not in self._digests:
            with (self.directory / name).open("rb") as stream:
                self._digests[name] = f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
        return self._digests[name]


@dataclass(frozen=True)
class Reading:
    """model.yaml as it was read: its spec, or the problems that it has."""

    spec: ModelSpec | None
    document: Document | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Production:
    """The version that runs now."""

    spec: ModelSpec
    files: ModelFiles


@dataclass(frozen=True)
class BaseRevision:
    """What the pull request changes. `spec` is None where the base has no such model that can be read."""

    spec: ModelSpec | None
    changed: tuple[str, ...]

    @cached_property
    def releases(self) -> tuple[str, ...]:
        """The release.yaml files that it touches; only the gate may."""
        return tuple(path for path in self.changed if _RELEASE.fullmatch(path))

    def exam(self, spec: ModelSpec) -> tuple[str, ...]:
        """What of its own exam it changes, in words for the report's first line."""
        old = self.spec
        if old is None:
            return ()
        parts = {
            "evaluation rows": (old.data.evaluation, spec.data.evaluation),
            "label or segments": (
                (old.data.label, old.data.segments),
                (spec.data.label, spec.data.segments),
            ),
            "decision threshold": (old.decision, spec.decision),
            "gates": (old.rollout, spec.rollout),
            "waivers": (old.waivers, spec.waivers),
        }
        names = sorted(set(old.sections) | set(spec.sections))
        parts |= {f"`{name}` rules": (old.sections.get(name), spec.sections.get(name)) for name in names}
        return tuple(name for name, (before, after) in parts.items() if before != after)


def materialise(tree: Tree, path: str, target: Path) -> ModelFiles:
    """List a model's directory and copy its plain files.

    Raises Unavailable, as files-allowed's own finding, where the directory is a link or no directory, for a
    path that leads out, and for more than MAX_FILES or MAX_SIZE: judged by the listing, before anything is
    copied.
    """
    prefix = path.rstrip("/") + "/"
    entries = {}
    for entry in tree.entries(path):
        if prefix.startswith(f"{entry.path}/"):
            kind = KINDS.get(entry.mode, "a file, no directory")
            raise Unavailable(
                f"{entry.path} is {kind}; put a directory of plain files there", "files-allowed"
            )
        name = entry.path.removeprefix(prefix)
        if entry.path != prefix + name or ".." in PurePosixPath(name).parts or name.startswith("/"):
            raise Unavailable(
                f"{entry.path}: is no path below {path}; remove the entry from the commit", "files-allowed"
            )
        entries[name] = FileEntry(name, entry.mode, entry.size)
    total = sum(entry.size for entry in entries.values())
    if total > MAX_SIZE or len(entries) > MAX_FILES:
        largest = max(entries.values(), key=lambda entry: entry.size)
        raise Unavailable(
            f"{path} has {len(entries):,} files of {total:,} bytes, the largest {largest.path} of "
            f"{largest.size:,}; allowed are {MAX_FILES:,} and {MAX_SIZE:,}; keep the rest elsewhere",
            "files-allowed",
        )
    target.mkdir(parents=True, exist_ok=True)
    tree.copy(path, target)
    return ModelFiles(path, entries, target)
