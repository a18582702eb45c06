"""The files of a model's directory: listed before anything is read, and copied for the tools."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from sluicegate.specs.tree import KINDS, FileEntry, Tree
from sluicegate.validators.runner.finding import Position
from sluicegate.validators.runner.inputs import Unavailable

MAX_FILES = 1_000
MAX_SIZE = 2 << 30
"""Bytes of all files of one model together; protobuf itself ends at 2 GiB."""
REASON = "files-allowed"
"""The check that refuses such a directory."""


@dataclass(frozen=True)
class ModelFiles:
    """A model's directory: its entries as the tree lists them, by their path below it, and a copy on disk."""

    path: str
    """The directory, from the tree's root."""
    entries: Mapping[str, FileEntry]
    directory: Path
    """Where the plain files were copied; links and the like are not there."""
    absent: Mapping[str, str] = field(default_factory=dict)
    """Files that are declared elsewhere and could not be had, each with its reason, as a predicate."""
    pinned: frozenset[str] = frozenset()
    """The files of the artifact, each of which model.yaml pins by its digest."""
    _digests: dict[str, str] = field(default_factory=dict, compare=False)

    def position(self, name: str, line: int | None = None, column: int | None = None) -> Position:
        """Where a finding about this file points."""
        return Position(f"{self.path}/{name}", line, column)

    def fault(self, name: str) -> str | None:
        """Why this is not a plain file of the directory, as a predicate; None when it is one."""
        pure = PurePosixPath(name)
        if not name or "\\" in name or "\0" in name or pure.is_absolute() or ".." in pure.parts:
            return "leads out of the model's directory"
        for part in [pure, *pure.parents]:
            entry = self.entries.get(part.as_posix())
            if entry is not None and not entry.plain:
                return f"is {KINDS.get(entry.mode, 'not a plain file')}"
        if pure.as_posix() in self.entries:
            return None
        return self.absent.get(pure.as_posix(), "is not there")

    def contains(self, name: str) -> bool:
        """Whether this is a plain file of the directory, and no way to it leads through a link."""
        return self.fault(name) is None

    def head(self, name: str, size: int = 64) -> bytes:
        """The first bytes of a plain file."""
        with (self.directory / name).open("rb") as stream:
            return stream.read(size)

    def cache_parts(self) -> Mapping[str, tuple[str, str]]:
        """What they are, wherever they were copied to: by path the mode, and the digest of a plain file."""
        digests = {name: self.digest(name) for name, entry in self.entries.items() if entry.plain}
        return {name: (entry.mode, digests.get(name, "")) for name, entry in self.entries.items()}

    def digest(self, name: str) -> str:
        """`sha256:...` of a plain file; each file is read once."""
        if name not in self._digests:
            with (self.directory / name).open("rb") as stream:
                self._digests[name] = f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
        return self._digests[name]


def materialise(tree: Tree, path: str, target: Path) -> ModelFiles:
    """List a model's directory and copy its plain files.

    Raises Unavailable, as files-allowed's own finding, where the directory is a link or a file, for a path
    that leads out, and for more than MAX_FILES or MAX_SIZE: judged by the listing, before anything is copied.
    """
    entries = _listed(tree, path)
    total = sum(entry.size for entry in entries.values())
    if total > MAX_SIZE or len(entries) > MAX_FILES:
        largest = max(entries.values(), key=lambda entry: entry.size)
        raise Unavailable(
            f"{path} has {len(entries):,} files of {total:,} bytes, the largest {largest.path} of "
            f"{largest.size:,}; allowed are {MAX_FILES:,} and {MAX_SIZE:,}",
            REASON,
            "Keep the rest elsewhere.",
        )
    target.mkdir(parents=True, exist_ok=True)
    tree.copy(path, target)
    return ModelFiles(path, entries, target)


def _listed(tree: Tree, path: str) -> dict[str, FileEntry]:
    prefix = path.rstrip("/") + "/"
    entries = {}
    for entry in tree.entries(path):
        if prefix.startswith(f"{entry.path}/"):
            kind = KINDS.get(entry.mode, "a file, not a directory")
            raise Unavailable(f"{entry.path} is {kind}", REASON, "Put a directory of plain files there.")
        name = entry.path.removeprefix(prefix)
        if entry.path != prefix + name or ".." in PurePosixPath(name).parts or name.startswith("/"):
            message = f"{entry.path}: is not a path below {path}"
            raise Unavailable(message, REASON, "Remove the entry from the commit.")
        entries[name] = FileEntry(name, entry.mode, entry.size)
    return entries
