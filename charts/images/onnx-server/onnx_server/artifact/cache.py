"""Artifacts on the node, by digest: `<directory>/sha256-<hex>`; and the model.yaml that each was declared by.

Every pod of the node that mounts the directory may write it, so nothing in it is trusted: an artifact is a
regular file whose digest is right at the moment it is used, or it is removed. No digest of a model.yaml is
known in advance; it is trusted only from a file that this user alone could have written.
"""

import contextlib
import errno
import hashlib
import logging
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from sluicegate.onnx_server.artifact.download import copy_hashed

_LOG = logging.getLogger(__name__)
_CHUNK = 1 << 20
_PART = ".part-"
_PART_SECONDS = 24 * 3600
_MOST_DECLARATION = (1 << 20) + 100


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


class Cache:
    """A directory of artifacts, of at most `most_bytes` together; those used longest ago go first.

    A cache that cannot be read or written slows a start down and never fails it: a warning is logged.
    """

    def __init__(self, directory: Path, most_bytes: int) -> None:
        self._directory = directory
        self._most_bytes = most_bytes

    def _entry(self, digest: str) -> Path:
        return self._directory / digest.replace(":", "-")

    def take(self, digest: str, limit: int, target: BinaryIO) -> bool:
        """Write the artifact to `target`; False if it is not here, or was not what its name says."""
        entry = self._entry(digest)
        try:
            with os.fdopen(os.open(entry, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
                status = os.fstat(file.fileno())
                good = stat.S_ISREG(status.st_mode) and status.st_size <= limit
                if good and copy_hashed(_chunks(file), target) == digest:
                    with contextlib.suppress(OSError):
                        os.utime(entry)
                    return True
        except FileNotFoundError:
            return False
        except OSError as error:
            _LOG.warning("cannot read %s: %s; fetching instead", entry, error.strerror)
            return False
        _LOG.warning("%s is not %s; it is removed, and fetched again", entry, digest)
        with contextlib.suppress(OSError):
            entry.unlink()
        return False

    def put(self, digest: str, source: Path) -> None:
        """Keep a copy of a checked file, whole or not at all."""
        with contextlib.suppress(OSError), source.open("rb") as file:
            self._keep(self._entry(digest), digest, source.stat().st_size, _chunks(file))

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
            _LOG.warning(
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
