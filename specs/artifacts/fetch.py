"""One file from its source into an open file: resumed, tried again, bounded, and held against its digest."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from sluicegate.specs.artifacts.access import Access
from sluicegate.specs.artifacts.errors import (
    AddressRefused,
    ArtifactMismatch,
    NoRoom,
    SourceUnknown,
    TryAgain,
)
from sluicegate.specs.artifacts.http import CHUNK, Answer, Patience, within
from sluicegate.specs.artifacts.reference import Reference
from sluicegate.specs.plugins import SOURCES

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are there, and how many there will be, where that is known."""

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def silent(_: int, __: int | None) -> None:
    """No progress is shown."""


def source_of(reference: Reference, access: Access) -> Any:
    """The module that opens its address. Raises SourceUnknown, AddressRefused, PluginError."""
    scheme = (reference.uri or "").partition(":")[0]
    try:
        source = SOURCES.find(scheme)
    except KeyError as error:
        known = ", ".join(f"{name}:" for name in SOURCES.names())
        raise SourceUnknown(
            f"{reference.uri}: no source is called {scheme}:",
            f"use one of {known} or install a package that adds it to {SOURCES.entry_points}",
        ) from error
    if access.stranger and not getattr(source, "FROM_STRANGERS", False):
        allowed = ", ".join(f"{name}:" for name in SOURCES.names() if _from_strangers(name))
        raise AddressRefused(
            f"{reference.uri}: {scheme}: is not fetched for a pull request, whose author chose the address",
            f"publish it to a registry (sluice publish); fetched are {allowed}",
        )
    return source


def _from_strangers(name: str) -> bool:
    return bool(getattr(SOURCES.find(name), "FROM_STRANGERS", False))


def download(reference: Reference, target: BinaryIO, access: Access, progress: Progress = silent) -> None:
    """Write the file to `target`, behind what is there of it already, and check its digest.

    At most `CHUNK` bytes are in memory. A source that fails is tried again for as long as `access` says,
    counted from its last byte. Raises ArtifactMismatch, NoRoom, TooLarge, and what the source raises;
    whatever is raised but a failure of the source, `target` is empty.
    """
    download_from(source_of(reference, access), reference, target, access, progress)


def download_from(
    source: Any, reference: Reference, target: BinaryIO, access: Access, progress: Progress = silent
) -> None:
    """As `download`, from a source that is known: what has its `open`."""
    transfer = _Transfer(reference, target, access, progress)
    try:
        transfer.begin()
        transfer.run(source)
        if transfer.digest != reference.sha256 and transfer.pieced:
            transfer.restart()
            transfer.run(source)
        transfer.check()
    except (ArtifactMismatch, NoRoom):
        transfer.restart()
        raise


class _Transfer:
    """What of a file is there, and its hash so far.

    `pieced`: it came in more than one piece, and a server may have given another rest than the one asked for.
    """

    def __init__(self, reference: Reference, target: BinaryIO, access: Access, progress: Progress) -> None:
        self._reference = reference
        self._target = target
        self._access = access
        self._progress = progress
        self._most = reference.size or access.most_bytes

    @property
    def digest(self) -> str:
        return f"sha256:{self._hash.hexdigest()}"

    def begin(self) -> None:
        """Read what is there."""
        self._target.seek(0)
        self._hash = hashlib.sha256()
        self._count = 0
        for chunk in chunks(self._target):
            self._took(chunk)
        self.pieced = self._count > 0

    def restart(self) -> None:
        """Forget all of it."""
        self._target.seek(0)
        self._target.truncate()
        self._hash = hashlib.sha256()
        self._count = 0

    def run(self, source: Any) -> None:
        """Fetch the rest."""
        what = self._reference.uri or self._reference.name
        patience = Patience(self._access.http.retry_seconds, what)
        while self._count != self._reference.size:
            before = self._count
            try:
                with source.open(self._reference, self._count, self._access) as answer:
                    self._take(answer, what)
                return
            except TryAgain as error:
                self.pieced = self.pieced or self._count > 0
                if self._count > before:
                    patience.progress()
                patience.wait(error)

    def _take(self, answer: Answer, what: str) -> None:
        if answer.start != self._count:
            self.restart()
        if answer.total is not None:
            self._make_sure_of_room(answer.total)
        for chunk in within(answer, what, self._most):
            try:
                self._target.write(chunk)
            except OSError as error:
                raise _full(error, self._reference) from error
            self._took(chunk)
            self._progress(self._count, answer.total)

    def _took(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        self._count += len(chunk)

    def _make_sure_of_room(self, total: int) -> None:
        """Raises NoRoom where the disk says beforehand that it has none."""
        try:
            disk = os.fstatvfs(self._target.fileno())
        except OSError:  # no file of a disk
            return
        if total - self._count > disk.f_bavail * disk.f_frsize:
            raise _full(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), self._reference)

    def check(self) -> None:
        """Raises ArtifactMismatch for other bytes than the pinned."""
        if self.digest != self._reference.sha256:
            what = self._reference.uri or self._reference.name
            raise ArtifactMismatch(
                f"{what} is {self.digest} ({self._count:,} bytes), not {self._reference.sha256}: "
                "the artifact was swapped, or the digest is another one's; nothing was written",
                "release a revision whose bytes are those that were validated",
            )


def _full(error: OSError, reference: Reference) -> Exception:
    if error.errno not in _NO_ROOM:
        return error
    return NoRoom(
        f"no room for {reference.uri or reference.name}: {error.strerror}",
        "make room, or name another disk's directory in SLUICE_CACHE",
    )


def chunks(file: BinaryIO) -> Iterator[bytes]:
    """What is left of a file, `CHUNK` bytes at a time."""
    while chunk := file.read(CHUNK):
        yield chunk


def hashed(parts: Iterator[bytes]) -> str:
    """The digest of the chunks, "sha256:" and 64 hex digits."""
    digest = hashlib.sha256()
    for chunk in parts:
        digest.update(chunk)
    return f"sha256:{digest.hexdigest()}"


def copy_hashed(parts: Iterator[bytes], target: BinaryIO) -> str:
    """Write the chunks; their digest, "sha256:" and 64 hex digits."""
    digest = hashlib.sha256()
    for chunk in parts:
        digest.update(chunk)
        target.write(chunk)
    return f"sha256:{digest.hexdigest()}"
