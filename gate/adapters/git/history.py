"""Which commits changed which files: the first-parent history, told by one process as far as it is read."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sluicegate.gate.adapters.git.command import GitError, start
from sluicegate.gate.adapters.git.diff import Moved, raw_change

_COMMIT = "--format=%x01%H%x00%P%x00%s%x00"
_FLAGS = ("--first-parent", "--diff-merges=first-parent", "--raw", "--no-renames", "--no-abbrev", "-z")
_CHUNK = 1 << 16


@dataclass(frozen=True)
class Step:
    """One commit of the history, and the files that differ from its first parent."""

    sha: str
    parent: str | None
    subject: str
    changes: tuple[Moved, ...]


class History:
    """The commits that changed something at or below `path`, newest first, read as they are asked for.

    It is an iterator. The process ends with the history, or with `close`. `since` leaves out a commit and all
    before it; then every commit is told, whatever it changed.
    """

    def __init__(self, directory: Path, tip: str, path: str, since: str | None = None) -> None:
        excluded = () if since is None else (f"^{since}", "--full-history", "--sparse")
        words = ("--literal-pathspecs", "log", *_FLAGS, _COMMIT, tip, *excluded, "--", path)
        self._tip = tip
        self._process: subprocess.Popen[bytes] | None = start(directory, *words)
        self._steps = self._read(self._process)

    def __iter__(self) -> Iterator[Step]:
        return self

    def __next__(self) -> Step:
        """The next older commit. Raises GitError where git could not go on: the history is not over then."""
        return next(self._steps)

    def close(self) -> None:
        """End the process, wherever it is."""
        process = self._process
        self._process = None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        process.wait()

    def _read(self, process: subprocess.Popen[bytes]) -> Iterator[Step]:
        assert process.stdin is not None and process.stdout is not None  # noqa: S101 - both are pipes
        process.stdin.close()
        fields = _fields(process.stdout)
        head: tuple[str, str, str] | None = None
        changes: list[Moved] = []
        for field in fields:
            meta = field.lstrip("\n")
            if meta.startswith(":"):
                changes.append(raw_change(meta, next(fields)))
            elif meta.startswith("\x01"):
                if head is not None:
                    yield _step(*head, changes)
                head = (meta[1:], next(fields), next(fields))
                changes = []
        if process.wait():
            self.close()
            raise GitError(f"git could not read the history of {self._tip}", "fetch all of it; see git fsck")
        if head is not None:
            yield _step(*head, changes)


def _step(sha: str, parents: str, subject: str, changes: list[Moved]) -> Step:
    return Step(sha, next(iter(parents.split()), None), subject, tuple(changes))


def _fields(stream: IO[bytes]) -> Iterator[str]:
    """What the NULs of a stream divide."""
    rest = b""
    while data := stream.read(_CHUNK):
        *whole, rest = (rest + data).split(b"\0")
        for field in whole:
            yield field.decode("utf-8", "surrogateescape")
