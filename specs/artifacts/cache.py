"""Artifacts by digest: `<directory>/sha256-<hex>`; and the model.yaml that each was declared by on a node.

Every pod of a node that mounts the directory may write it, so nothing in it is trusted: an artifact is a
regular file whose digest is right at the moment it is used, or it is removed. No digest of a model.yaml is
known in advance; it is trusted only from a file that this user alone could have written.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import logging
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from sluicegate.specs.artifacts.access import Access
from sluicegate.specs.artifacts.errors import NoRoom
from sluicegate.specs.artifacts.fetch import Progress, chunks, copy_hashed, download, hashed, silent
from sluicegate.specs.artifacts.reference import Reference

_log = logging.getLogger(__name__)
_PART = ".part-"
_PART_SECONDS = 24 * 3600
MOST_BYTES = 200 << 30
"""Of all of a user's artifacts together."""
_MOST_DECLARATION = (1 << 20) + 100


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def directory() -> Path:
    """This user's cache: SLUICE_CACHE, else in XDG_CACHE_HOME (XDG Base Directory Specification)."""
    if named := os.environ.get("SLUICE_CACHE"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sluicegate" / "artifacts"


def _opened(entry: Path) -> BinaryIO:
    """A file of the cache, no link to one, and no pipe that waits. Raises OSError."""
    return os.fdopen(os.open(entry, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")


def _same(path: Path, opened: os.stat_result) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    return (found.st_dev, found.st_ino) == (opened.st_dev, opened.st_ino)


class Cache:
    """A directory of artifacts, of at most `most_bytes` together; those used longest ago go first.

    A cache that cannot be read or written slows a start down and never fails it: a warning is logged.
    """

    def __init__(self, directory: Path, most_bytes: int = MOST_BYTES) -> None:
        self._directory = directory
        self._most_bytes = most_bytes

    def _entry(self, digest: str) -> Path:
        return self._directory / digest.replace(":", "-")

    def take(self, digest: str, limit: int, target: BinaryIO) -> bool:
        """Write the artifact to `target`; False if it is not here, or was not what its name says."""
        entry = self._entry(digest)
        try:
            with _opened(entry) as file:
                status = os.fstat(file.fileno())
                good = stat.S_ISREG(status.st_mode) and status.st_size <= limit
                if good and copy_hashed(chunks(file), target) == digest:
                    with contextlib.suppress(OSError):
                        os.utime(entry)
                    return True
        except FileNotFoundError:
            return False
        except OSError as error:
            _log.warning("cannot read %s: %s; fetching instead", entry, error.strerror)
            return False
        self._remove(entry, digest)
        return False

    def fetch(self, reference: Reference, access: Access, progress: Progress = silent) -> Path:
        """The file in the cache, fetched where it is not there yet, and whole in any case.

        A fetch that broke off is gone on with; of two at once for one digest the second waits for the first,
        and takes what it brought. Raises as `download` does, and NoRoom.
        """
        entry = self._entry(reference.sha256)
        if self._holds(entry, reference.sha256):
            return entry
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            self._tidy(reference.size or 0)
            with self._part(reference.sha256) as (part, target):
                if self._holds(entry, reference.sha256):
                    part.unlink()
                else:
                    self._bring(reference, access, progress, part, target)
                    part.replace(entry)
        except OSError as error:
            raise NoRoom(
                f"cannot write {self._directory}: {error.strerror}",
                "make it writable, or name another directory in SLUICE_CACHE",
            ) from error
        return entry

    def _bring(
        self, reference: Reference, access: Access, progress: Progress, part: Path, target: BinaryIO
    ) -> None:
        try:
            download(reference, target, access, progress)
        except BaseException:
            target.flush()
            if not os.fstat(target.fileno()).st_size:
                part.unlink(missing_ok=True)
            raise
        target.flush()
        os.fchmod(target.fileno(), 0o444)
        os.fsync(target.fileno())

    @contextlib.contextmanager
    def _part(self, digest: str) -> Iterator[tuple[Path, BinaryIO]]:
        """What was fetched of a file so far, for this process alone."""
        path = self._directory / f"{_PART}{digest.replace(':', '-')}"
        while True:
            if path.is_symlink():
                path.unlink(missing_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                # Whoever held the lock may have made it the entry, or removed it.
                if _same(path, os.fstat(file.fileno())):
                    yield path, file
                    return

    def _holds(self, entry: Path, digest: str) -> bool:
        """Whether the entry is there and is what its name says; removed where it is something else."""
        try:
            with _opened(entry) as file:
                regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
                if regular and hashed(chunks(file)) == digest:
                    os.utime(file.fileno())
                    return True
        except FileNotFoundError:
            return False
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
        self._remove(entry, digest)
        return False

    def _remove(self, entry: Path, digest: str) -> None:
        _log.warning("%s is not %s; it is removed, and fetched again", entry, digest)
        with contextlib.suppress(OSError):
            entry.unlink()

    def put(self, digest: str, source: Path) -> None:
        """Keep a copy of a checked file, whole or not at all."""
        with contextlib.suppress(OSError), source.open("rb") as file:
            self._keep(self._entry(digest), digest, source.stat().st_size, chunks(file))

    def declaration(self, address: str) -> bytes | None:
        """The model.yaml kept for an address whose bytes never change; None without one to trust."""
        try:
            descriptor = os.open(self._declared(address), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                status = os.fstat(file.fileno())
                own = status.st_uid == os.getuid() and not status.st_mode & 0o022
                if not stat.S_ISREG(status.st_mode) or not own or status.st_size > _MOST_DECLARATION:
                    return None
                digest, _, text = file.read().partition(b"\n")
        except OSError:
            return None
        return text if digest.decode("latin-1") == _digest(text) else None

    def put_declaration(self, address: str, text: bytes) -> None:
        """Keep a model.yaml for its address."""
        content = _digest(text).encode() + b"\n" + text
        self._keep(self._declared(address), _digest(content), len(content), iter((content,)))

    def _declared(self, address: str) -> Path:
        return self._directory / f"declared-{_digest(address.encode()).removeprefix('sha256:')}"

    def _keep(self, entry: Path, digest: str, size: int, chunks: Iterator[bytes]) -> None:
        part = None
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            self._tidy(size)
            descriptor, name = tempfile.mkstemp(prefix=_PART, dir=self._directory)
            part = Path(name)
            with os.fdopen(descriptor, "wb") as target:
                if copy_hashed(chunks, target) != digest:
                    raise OSError(errno.EIO, "the copy differs from what was checked")
                os.fchmod(target.fileno(), 0o644)
                target.flush()
                os.fsync(target.fileno())
            part.replace(entry)
            part = None
        except OSError as error:
            _log.warning(
                "not cached in %s: %s; make it writable for user %s to save the next fetch",
                self._directory,
                error.strerror,
                os.getuid(),
            )
        finally:
            if part is not None:
                part.unlink(missing_ok=True)

    def _tidy(self, coming: int) -> None:
        kept = []
        for entry in self._directory.iterdir():
            with contextlib.suppress(OSError):
                status = entry.lstat()
                if entry.name.startswith(_PART) and status.st_mtime < time.time() - _PART_SECONDS:
                    entry.unlink()
                elif entry.name.startswith(("sha256-", "declared-")):
                    kept.append((status.st_mtime, status.st_size, entry))
        total = coming + sum(size for _, size, _ in kept)
        for _, size, entry in sorted(kept):
            if total <= self._most_bytes:
                break
            with contextlib.suppress(OSError):
                entry.unlink()
                total -= size


def place(entry: Path, target: Path) -> None:
    """A file of the cache at another place: the same bytes of the disk where it can, else a copy.

    Nobody may write it, there or in the cache; what is written all the same is found at the entry's next use.
    Raises NoRoom.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(entry, target)
    except OSError:
        _copy(entry, target)


def _copy(entry: Path, target: Path) -> None:
    try:
        shutil.copyfile(entry, target, follow_symlinks=False)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise NoRoom(f"cannot write {target}: {error.strerror}", "make room on that disk") from error
