"""Contents by object id, from one long-lived `git cat-file --batch-command`, not by a process a file."""

from __future__ import annotations

import contextlib
import io
import logging
import subprocess
import threading
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import IO, BinaryIO

from sluicegate.gate.adapters.git.command import GitError, MissingObject, start
from sluicegate.gate.adapters.git.objects import TreeItem, items

CHUNK = 1 << 20
"""Bytes of a file that are held at once while it is copied."""
_ID_BYTES = 20
KEPT = 16
"""Directories that are kept; one of 10,000 names takes 4 MB."""
_log = logging.getLogger(__name__)


class ObjectReader:
    """Reads one repository, whose refs and objects may change meanwhile; safe to use from several threads.

    A reading process that died is started again, once a question.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._items = lru_cache(maxsize=KEPT)(self._items_of)

    def read(self, oid: str) -> bytes:
        """The bytes of one blob. Raises GitError if the object is missing or is not a blob."""
        data = io.BytesIO()
        self.copy(oid, data)
        return data.getvalue()

    def copy(self, oid: str, target: BinaryIO) -> None:
        """Write the bytes of one blob into an empty file, CHUNK at a time. Raises GitError like `read`."""
        header = self._answer(oid, target)
        if header is None:
            raise MissingObject(
                f"the object {oid} is missing in {self._directory}", "delete that copy and run again"
            )
        _, kind, _ = header
        if kind != "blob":
            raise GitError(f"the object {oid} is a {kind}, not a file", "name a file")

    def listing(self, revision: str, folder: str) -> dict[str, str]:
        """The names in a folder of a commit, in git's order, and their ids; none without such a folder.

        Without a process of its own, so that thousands of folders can be asked for. Raises GitError.
        """
        data = io.BytesIO()
        header = self._answer(f"{revision}:{folder}", data)
        if header is None or header[1] != "tree":
            return {}
        return dict(_names(data.getvalue()))

    def object_named(self, name: str) -> str | None:
        """The id of a ref, an id or `REVISION:PATH` as it is now; None for nothing. Raises GitError."""
        header = self._answer(name, None)
        return None if header is None else header[0]

    def tree(self, name: str) -> bytes | None:
        """The bytes of a tree by its id, or by `REVISION:DIRECTORY`; None where there is no directory."""
        data = io.BytesIO()
        header = self._answer(name, data)
        return data.getvalue() if header is not None and header[1] == "tree" else None

    def directory(self, name: str) -> Mapping[str, TreeItem]:
        """What a directory, named as for `tree`, lists, by name; nothing where there is none.

        The last ones are kept: that of all releases of an environment is asked for by each of them.
        """
        oid = self.object_named(name)
        return {} if oid is None else self._items(oid)

    def _items_of(self, oid: str) -> Mapping[str, TreeItem]:
        return {one.name: one for one in items(self.tree(oid) or b"")}

    def size(self, oid: str) -> int | None:
        """The size of an object, in bytes; None for one that is missing."""
        header = self._answer(oid, None)
        return None if header is None else header[2]

    def commit_at(self, name: str) -> str | None:
        """The commit that a ref (`refs/...`) is at now, or that a full id (`^`: its parent) names, or None.

        Raises GitError.
        """
        header = self._answer(name, None)
        return header[0] if header is not None and header[1] == "commit" else None

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _answer(self, name: str, target: BinaryIO | None) -> tuple[str, str, int] | None:
        """(id, type, size) of an object, None if it is missing; its content is written to a target."""
        with self._lock:
            try:
                return self._ask(name, target)
            except (OSError, ValueError) as error:
                _log.debug("git cat-file over %s is started again: %s", self._directory, error)
            if target is not None:
                target.seek(0)
                target.truncate()
            try:
                return self._ask(name, target)
            except _Ended as error:
                raise GitError(f"git cannot read {self._directory} any more", "restore it") from error

    def _ask(self, name: str, target: BinaryIO | None) -> tuple[str, str, int] | None:
        complete = False
        try:
            answer = self._exchange(name, target)
            complete = True
        finally:
            # What is left of an answer would be taken for the next one.
            if not complete:
                self._end()
        return answer

    def _exchange(self, name: str, target: BinaryIO | None) -> tuple[str, str, int] | None:
        if self._process is None:
            self._process = start(self._directory, "cat-file", "--batch-command")
        stdin = self._process.stdin
        stdout = self._process.stdout
        assert stdin is not None and stdout is not None  # noqa: S101 - for the type checker: both are pipes
        encoded = name.encode("utf-8", "surrogateescape")
        try:
            stdin.write((b"info " if target is None else b"contents ") + encoded + b"\n")
            stdin.flush()
        except BrokenPipeError as error:
            raise _Ended("git cat-file ended before the request") from error
        header = stdout.readline()
        if not header:
            raise _Ended("git cat-file ended")
        if header == encoded + b" missing\n":
            return None
        oid, kind, size = header.decode().split()
        if target is not None:
            self._copy(stdout, int(size), target)
        return oid, kind, int(size)

    @staticmethod
    def _copy(stdout: IO[bytes], left: int, target: BinaryIO) -> None:
        while left:
            data = stdout.read(min(left, CHUNK))
            if not data:
                raise _Ended("git cat-file ended in mid-answer")
            target.write(data)
            left -= len(data)
        if stdout.read(1) != b"\n":
            raise _Ended("git cat-file ended in mid-answer")

    def _end(self) -> None:
        process = self._process
        self._process = None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        process.kill()
        process.wait()


def _names(tree: bytes) -> Iterator[tuple[str, str]]:
    """(name, id) of each entry: a tree object is `MODE NAME`, NUL, the 20 bytes of an id, and so on."""
    start = 0
    while start < len(tree):
        end = tree.index(b"\0", start)
        name = tree[start:end].partition(b" ")[2].decode("utf-8", "surrogateescape")
        start = end + 1 + _ID_BYTES
        yield name, tree[end + 1 : start].hex()


class _Ended(OSError):
    """The reading process ended before its answer did."""
