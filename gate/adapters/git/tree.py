"""The files of one revision, as `specs.tree.Tree` has them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import islice, takewhile
from pathlib import Path
from typing import BinaryIO

from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.command import FileTooLarge, GitError, NoSuchFile
from sluicegate.gate.adapters.git.contents import ObjectReader
from sluicegate.gate.adapters.git.listing import Listings, git_order
from sluicegate.gate.adapters.git.objects import Entry, TreeItem, read_tree
from sluicegate.specs.names import is_revision

READ_LIMIT = 1 << 20
"""Bytes; the most that `read` takes for one file unless it is given another limit."""


def entries(git: BareRepository, revision: str, prefix: str = "") -> list[Entry]:
    """Every file of a commit under `prefix`. Raises GitError for a revision that is not here."""
    if not is_revision(revision):
        raise GitError(f"{revision[:80]!r} is not a commit id", "give all its 40 hexadecimal digits")
    inside = _folder(prefix) or None
    return read_tree(git, revision, paths=() if inside is None else (inside,), recursive=True)


def _folder(prefix: str) -> str:
    """A prefix as the beginning of the paths below it."""
    return prefix.rstrip("/") + "/" if prefix else ""


def _inside(every: Mapping[str, Entry], folder: str) -> list[Entry]:
    """The entries whose paths begin with `folder`: neighbours, as git's order is that of the paths' bytes."""
    paths = list(every)
    first = bisect_left(paths, git_order(folder), key=git_order)
    below = takewhile(lambda path: path.startswith(folder), islice(paths, first, None))
    return [every[path] for path in below]


class GitTree:
    """The files of one revision. Links and submodules are listed, never read or copied.

    A single file, and what is below a directory, is found by the directories on the way there; only for all
    files, or all below one of the topmost directories, is the whole commit listed.
    """

    def __init__(self, listings: Listings, reader: ObjectReader, revision: str) -> None:
        self.revision = revision
        self._listings = listings
        self._reader = reader
        if not is_revision(revision):
            raise GitError(f"{revision[:80]!r} is not a commit id", "give all its 40 hexadecimal digits")
        if reader.commit_at(revision) is None:
            raise GitError(f"{revision} is not a commit here", "fetch the whole history, or name another")

    def entries(self, prefix: str = "") -> list[Entry]:
        """Every file at or under `prefix`, in git's order."""
        known = self._listings.known(self.revision) is not None
        if not known and "/" in prefix.rstrip("/") and "\n" not in prefix:
            folder = prefix.rstrip("/")
            at_prefix = [] if prefix != folder else self._at(folder)
            return at_prefix or list(self._below(folder, f"{self.revision}:{folder}"))
        every = self._listings.of(self.revision)
        file = every.get(prefix)
        return [file] if file is not None else _inside(every, _folder(prefix))

    def entry(self, path: str) -> Entry | None:
        """The entry at exactly this path."""
        listed = self._listings.known(self.revision)
        if listed is None and "\n" in path:
            listed = self._listings.of(self.revision)
        if listed is not None:
            return listed.get(path)
        return next(iter(self._at(path)), None)

    def _at(self, path: str) -> list[Entry]:
        """The file at a path, if there is one."""
        folder, _, name = path.rpartition("/")
        found = self._reader.directory(f"{self.revision}:{folder}").get(name)
        return [] if found is None or found.is_tree else [self._entry(path, found)]

    def _below(self, folder: str, name: str) -> Iterator[Entry]:
        for one in self._reader.directory(name).values():
            path = f"{folder}/{one.name}"
            if one.is_tree:
                if self._reader.size(one.oid) is None:
                    raise GitError(f"the directory {path} is missing in {self.revision}", "fetch all of it")
                yield from self._below(path, one.oid)
            else:
                yield self._entry(path, one)

    def _entry(self, path: str, one: TreeItem) -> Entry:
        if one.mode == "160000":
            return Entry(path, one.mode, "commit", 0, one.oid)
        return Entry(path, one.mode, "blob", self._reader.size(one.oid) or 0, one.oid)

    def _plain(self, path: str) -> Entry:
        entry = self.entry(path)
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
