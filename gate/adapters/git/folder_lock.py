"""Who works in a folder: a lock (flock(2)) that the kernel takes back however its holder ends.

Every git process that we start inherits the locks that this process holds, so a folder is in use as long as
anything works in it: also after a SIGKILL that met us and not the git command that was under way.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
NAME = "sluice.lock"
"""The lock's file, in the folder itself."""
TRIES = 100
"""How often a new folder is made before its file system is taken for one without locks."""
_held: set[int] = set()


def held() -> tuple[int, ...]:
    """The file descriptors of all locks of this process, for those that it starts."""
    return tuple(_held)


def inheriting(start: Callable[[tuple[int, ...]], T]) -> T:
    """Start a process that inherits the locks; again where another thread let go of one in between.

    Raises what `start` raises.
    """
    for _ in range(TRIES):
        try:
            return start(held())
        except OSError as error:
            if error.errno != errno.EBADF:
                raise
    return start(())


class FolderLock:
    """The lock of a folder that exists, not taken yet; without `create` its file must exist too.

    Raises FileNotFoundError, OSError.
    """

    def __init__(self, folder: Path, *, create: bool = True) -> None:
        self._file = folder / NAME
        self._descriptor = os.open(self._file, os.O_RDWR | (os.O_CREAT if create else 0), 0o600)
        _held.add(self._descriptor)

    def take_alone(self) -> bool:
        """Take it, or turn a shared one into one's own, unless anybody else has it; whether that was done."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        # Who removes an abandoned folder has its lock meanwhile; after that it is one of a file that is gone.
        with contextlib.suppress(FileNotFoundError):
            return os.path.samestat(self._file.stat(), os.fstat(self._descriptor))
        return False

    def share(self) -> None:
        """Let others share it; waits for one that has it alone, which has it for a moment only."""
        # Some network file systems have no such locks; the copy is as useful there, only never tidied.
        with contextlib.suppress(OSError):
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def close(self) -> None:
        """Let go of it."""
        if self._descriptor in _held:
            _held.discard(self._descriptor)
            os.close(self._descriptor)


class TemporaryFolder:
    """A new folder for temporary files; one that a killed process left is removed by the next of its prefix.

    Its name has the owner's process id, for who looks into the folder of temporary files.
    """

    def __init__(self, prefix: str) -> None:
        _remove_abandoned(prefix)
        self.path, self._lock = _new(prefix)

    def close(self) -> None:
        """Remove it."""
        _remove(self.path)
        self._lock.close()

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        self.close()


def _new(prefix: str) -> tuple[Path, FolderLock]:
    """Another process may take the new folder for an abandoned one until its lock is held: then once more."""
    for _ in range(TRIES):
        path = Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-"))
        with contextlib.suppress(FileNotFoundError):
            lock = FolderLock(path)
            if lock.take_alone():
                return path, lock
            lock.close()
    raise OSError(f"no folder in {tempfile.gettempdir()} can be locked")


def _remove_abandoned(prefix: str) -> None:
    """Remove every folder of this prefix, and this user, that nobody holds."""
    for path in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        # Others come and go at the same time, and not all of it is ours.
        with contextlib.suppress(OSError):
            if path.is_symlink() or path.stat().st_uid != os.getuid():
                continue
            _remove_one(path)


def _remove_one(path: Path) -> None:
    try:
        lock = FolderLock(path, create=False)
    except FileNotFoundError:
        path.rmdir()  # only if it is empty: its maker was killed before it made the lock
        return
    if lock.take_alone():
        _remove(path)
    lock.close()


def _remove(path: Path) -> None:
    """Remove a folder, its lock last: a removal that is cut short is taken up by the next one."""
    with contextlib.suppress(OSError):
        for child in path.iterdir():
            if child.is_dir() and not child.is_symlink():
                shutil.rmtree(child, ignore_errors=True)
            elif child.name != NAME:
                child.unlink(missing_ok=True)
    shutil.rmtree(path, ignore_errors=True)
