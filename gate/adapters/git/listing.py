"""Every file of a commit: listed once, and from then on what changed between two commits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import lru_cache, partial

from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.command import GitError
from sluicegate.gate.adapters.git.contents import ObjectReader
from sluicegate.gate.adapters.git.diff import Moved, moved
from sluicegate.gate.adapters.git.objects import Entry, read_tree

KEPT = 3
"""Listings that are kept at most: a base, a head, and what runs now. One of 10,000 models takes 20 MB."""
FEW = 1000
"""Up to so many changed files a listing is brought up to date; above that it is made anew."""


def git_order(path: str) -> bytes:
    """What git sorts the files of a commit by."""
    return path.encode("utf-8", "surrogateescape")


class Listings:
    """The files of whole commits, by path in git's order; safe to use from several threads."""

    def __init__(self, git: BareRepository, reader: ObjectReader) -> None:
        self._git = git
        self._reader = reader
        self._kept: dict[str, Mapping[str, Entry]] = {}
        self._lock = threading.Lock()
        self.moved: Callable[[str, str], list[Moved]] = lru_cache(maxsize=KEPT)(partial(moved, git))
        """(base, head) -> every file that differs; read once for all who go from one to the other."""

    def of(self, revision: str) -> Mapping[str, Entry]:
        """The files of a commit by its full id. Raises GitError for one that is not here."""
        with self._lock:
            found = self._kept.pop(revision, None)
            if found is None:
                found = self._from_the_last(revision) or self._whole(revision)
            self._kept[revision] = found
            while len(self._kept) > KEPT:
                del self._kept[next(iter(self._kept))]
        return found

    def known(self, revision: str) -> Mapping[str, Entry] | None:
        """The files of a commit, where they are listed already."""
        return self._kept.get(revision)

    def _whole(self, revision: str) -> Mapping[str, Entry]:
        return {entry.path: entry for entry in read_tree(self._git, revision, recursive=True)}

    def _from_the_last(self, revision: str) -> Mapping[str, Entry] | None:
        """The files, from those of the commit that was asked for last; None where little is the same."""
        last = next(reversed(self._kept), None)
        if last is None:
            return None
        changes = self.moved(last, revision)
        if len(changes) > FEW:
            return None
        files = dict(self._kept[last])
        for change in changes:
            if change.oid is None:
                files.pop(change.path, None)
            else:
                files[change.path] = self._entry(change.path, change)
        if files.keys() == self._kept[last].keys():
            return files
        return dict(sorted(files.items(), key=lambda item: git_order(item[0])))

    def _entry(self, path: str, change: Moved) -> Entry:
        assert change.oid is not None  # noqa: S101 - for the type checker: it is not a deletion
        if change.mode == "160000":
            return Entry(path, change.mode, "commit", 0, change.oid)
        size = self._reader.size(change.oid)
        if size is None:
            raise GitError(f"the object {change.oid} of {path} is missing", "delete that copy and run again")
        return Entry(path, change.mode, "blob", size, change.oid)
