"""The files of one revision, as `specs.tree.Tree` has them."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.command import FileTooLarge, GitError, NoSuchFile
from sluicegate.gate.adapters.git.contents import ObjectReader
from sluicegate.gate.adapters.git.objects import Entry, read_tree
from sluicegate.specs.names import is_revision

READ_LIMIT = 1 << 20
"""Bytes; the most that `read` takes for one file unless it is given another limit."""


def entries(git: BareRepository, revision: str, prefix: str = "") -> list[Entry]:
    """Every file of a commit under `prefix`. Raises GitError for a revision that is not here."""
    if not is_revision(revision):
        raise GitError(f"{revision[:80]!r} is not a commit id", "give all its 40 hexadecimal digits")
    inside = _folder(prefix) or None
    return read_tree(git, revision, prefix=inside, recursive=True)


def _folder(prefix: str) -> str:
    """A prefix as the beginning of the paths below it."""
    return prefix.rstrip("/") + "/" if prefix else ""


class GitTree:
    """The files of one revision. Links and submodules are listed, never read or copied."""

    def __init__(self, git: BareRepository, reader: ObjectReader, revision: str) -> None:
        self.revision = revision
        self._reader = reader
        self._entries = {entry.path: entry for entry in entries(git, revision)}

    def entries(self, prefix: str = "") -> list[Entry]:
        """Every file at or under `prefix`, in git's order."""
        inside = _folder(prefix)
        return [entry for path, entry in self._entries.items() if path.startswith(inside) or path == prefix]

    def entry(self, path: str) -> Entry | None:
        """The entry at exactly this path."""
        return self._entries.get(path)

    def _plain(self, path: str) -> Entry:
        entry = self._entries.get(path)
        if entry is None:
            raise NoSuchFile(f"{path} is not there at {self.revision[:12]}", "commit it as a plain file")
        if not entry.plain:
            message = f"{path} is a link or a submodule at {self.revision[:12]}"
            raise NoSuchFile(message, "commit it as a plain file")
        return entry

    def read(self, path: str, limit: int = READ_LIMIT) -> bytes:
        """The bytes of one file. Raises NoSuchFile (also for a link) and FileTooLarge."""
        entry = self._plain(path)
        if entry.size > limit:
            raise FileTooLarge(f"{path} has {entry.size} bytes, more than {limit}", "make it smaller")
        return self._reader.read(entry.oid)

    def write_to(self, path: str, target: BinaryIO) -> None:
        """Write the bytes of one file, whatever its size, into an empty file. Raises NoSuchFile, GitError."""
        self._reader.copy(self._plain(path).oid, target)

    def copy(self, prefix: str, target: Path) -> None:
        """Write every plain file under `prefix` below `target`. Raises GitError for a path that leads out."""
        inside = _folder(prefix)
        plain = [entry for entry in self.entries(prefix) if entry.plain]
        for entry in plain:
            if not entry.path.startswith(inside) or {"", ".."} & set(entry.path[len(inside) :].split("/")):
                raise GitError(f"{entry.path!r} is not a path below {prefix!r}", "remove it from the commit")
        target.mkdir(parents=True, exist_ok=True)
        for entry in plain:
            goal = target / entry.path[len(inside) :]
            goal.parent.mkdir(parents=True, exist_ok=True)
            with goal.open("wb") as stream:
                self._reader.copy(entry.oid, stream)
