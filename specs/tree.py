"""The files that are judged, wherever they are kept: a working tree here, a commit in `gate.adapters.git`."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from sluicegate.specs.errors import SluiceError

PLAIN = ("100644", "100755")
KINDS = {
    "120000": "a symbolic link",
    "160000": "a submodule",
    "hardlink": "a hard link",
    "special": "a device, FIFO or socket",
}
"""What an entry is that is not a plain file, by its mode: git's own two, and two that only a disk has."""
_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
UNTRACKED = frozenset({"__pycache__", ".ipynb_checkpoints"})
"""Directories that programs leave in a working tree and no commit holds."""


class Entry(Protocol):
    """One entry: `path` from the tree's root with `/`, `size` in bytes; `plain` if it has its own bytes."""

    @property
    def path(self) -> str: ...  # noqa: D102
    @property
    def mode(self) -> str: ...  # noqa: D102
    @property
    def size(self) -> int: ...  # noqa: D102
    @property
    def plain(self) -> bool: ...  # noqa: D102


class TreeError(SluiceError):
    """A file of a tree cannot be read; the message names it."""


class Tree(Protocol):
    """A read-only tree of files. No link is followed, no submodule entered, no device opened."""

    def entries(self, prefix: str) -> Sequence[Entry]:
        """Every entry at or below `prefix`; none when nothing is there."""

    def read(self, path: str) -> bytes:
        """The bytes of a plain file. Raises an error with a remedy for anything else."""

    def copy(self, prefix: str, target: Path) -> None:
        """Write the plain files below `prefix` into the directory `target`, by their paths below `prefix`."""


@dataclass(frozen=True)
class FileEntry:
    """An entry as data."""

    path: str
    mode: str
    size: int = 0

    @property
    def plain(self) -> bool:
        """Whether it is a file with bytes of its own."""
        return self.mode in PLAIN


class WorkTree:
    """A directory on disk, read through lstat. Raises TreeError where it is not a directory."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise TreeError(f"{root} is not a directory", "name the root of the repository")
        self.root = root

    def entries(self, prefix: str) -> list[FileEntry]:
        """See Tree. A directory that holds `.git` is a submodule, a file of several names a hard link.

        One that nobody may write is plain, as the cache's own are: nothing changes it by its other name.

        Where the path to `prefix` leads through a link, the link is the one entry.
        """
        start = self._inside(prefix)
        for above in reversed(start.relative_to(self.root).parents[:-1]):
            if (self.root / above).is_symlink():
                return [self._entry(self.root / above)]
        if not os.path.lexists(start):
            return []
        if start.is_symlink() or not start.is_dir():
            return [self._entry(start)]
        entries: list[FileEntry] = []
        for folder, directories, files in os.walk(start):
            here = Path(folder)
            closed = [d for d in directories if (here / d).is_symlink() or os.path.lexists(here / d / ".git")]
            entries += [self._entry(here / name) for name in [*closed, *files]]
            directories[:] = [d for d in directories if d not in closed and d not in UNTRACKED]
        return sorted(entries, key=lambda entry: entry.path)

    def read(self, path: str) -> bytes:
        """See Tree. Raises TreeError."""
        return self._plain(path).read_bytes()

    def copy(self, prefix: str, target: Path) -> None:
        """See Tree. By chunks: a file's size is not its copy's memory. Raises TreeError."""
        target.mkdir(parents=True, exist_ok=True)
        for entry in self.entries(prefix):
            if entry.plain:
                goal = target / PurePosixPath(entry.path).relative_to(PurePosixPath(prefix))
                goal.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self._plain(entry.path), goal, follow_symlinks=False)

    def _entry(self, path: Path) -> FileEntry:
        state = path.lstat()
        name = path.relative_to(self.root).as_posix()
        if stat.S_ISLNK(state.st_mode):
            return FileEntry(name, "120000")
        if stat.S_ISDIR(state.st_mode):
            return FileEntry(name, "160000")
        if not stat.S_ISREG(state.st_mode):
            return FileEntry(name, "special")
        if state.st_nlink > 1 and state.st_mode & _WRITABLE:
            return FileEntry(name, "hardlink", state.st_size)
        return FileEntry(name, "100755" if state.st_mode & stat.S_IXUSR else "100644", state.st_size)

    def _plain(self, path: str) -> Path:
        location = self._inside(path)
        above = [self.root / parent for parent in PurePosixPath(path).parents[:-1]]
        if not os.path.lexists(location):
            raise TreeError(f"{path} is not there", "add the file, or correct its path")
        entry = self._entry(location)
        if not entry.plain or any(folder.is_symlink() for folder in above):
            kind = KINDS.get(entry.mode, "below a symbolic link")
            if entry.mode == "160000" and not os.path.lexists(location / ".git"):
                kind = "a directory"
            raise TreeError(f"{path} is {kind}", "put a plain file there")
        return location

    def _inside(self, path: str) -> Path:
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts:
            raise TreeError(f"{path} leads out of the tree", "name it from the tree's root, without `..`")
        return self.root / pure
