"""What git said once it is not asked again: an object never changes, and refs are compared before each use.

Almost all of a forge's time goes to git processes that read, and most of them read what another request has
read a moment ago.
"""

from __future__ import annotations

import os
import re
import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from pathlib import Path

from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.command import CommandFailed

MOST_ANSWERS = 4096
MOST_BYTES = 64 * 1024
"""Of one answer that is kept."""
MOST_REFS = 200
"""Loose refs up to which reading them is cheaper than asking git."""
_OF_OBJECTS = frozenset(
    {"cat-file", "diff-tree", "log", "ls-tree", "merge-base", "merge-tree", "rev-list", "rev-parse"}
)
_OF_REFS = frozenset({"count-objects", "for-each-ref", "rev-parse", "symbolic-ref"})
"""A repository's size is that of the moment in which its refs moved last; GitHub's own comes later still."""
_OBJECT = re.compile(r"\^?[0-9a-f]{40}(\^\{(commit|tree)\})?|blob|commit|tree")
_REF = re.compile(r"(refs/[^~:@?*\[]*|HEAD)(\^\{(commit|tree)\})?")
_NO = {"merge-base": 1, "merge-tree": 1}
"""Commands whose answer is no where they end with this code."""


class Answers:
    """The newest answers of git; one for all repositories of a forge."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, object] = OrderedDict()

    def get(self, key: Hashable) -> object:
        """The answer, None if none is known."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def keep(self, key: Hashable, answer: object) -> None:
        """From now on this is known; the oldest is forgotten beyond `MOST_ANSWERS`."""
        with self._lock:
            self._kept[key] = answer
            if len(self._kept) > MOST_ANSWERS:
                self._kept.popitem(last=False)


class RememberingRepository(BareRepository):
    """A bare repository that asks git once for each object, and for refs only after one of them moved.

    Only objects named by their full id are remembered, and refs by all that decides them: HEAD, the loose
    ones and the packed ones. Objects are taken never to vanish: nothing here collects garbage.
    """

    def __init__(self, path: Path, answers: Answers) -> None:
        super().__init__(path)
        self._answers = answers

    def run(self, *arguments: str, stdin: bytes = b"", extra: Mapping[str, str] | None = None) -> bytes:
        """As `BareRepository.run`."""
        about = None if extra else self._about(arguments, stdin)
        if about is None:
            return super().run(*arguments, stdin=stdin, extra=extra)
        key = (about, arguments, stdin)
        known = self._answers.get(key)
        if isinstance(known, CommandFailed):
            raise CommandFailed(_command(arguments), known.code, known.stderr, known.remedy)
        if isinstance(known, bytes):
            return known
        try:
            answer = super().run(*arguments, stdin=stdin)
        except CommandFailed as error:
            if error.code == _NO.get(_command(arguments)):
                self._answers.keep(key, error.with_traceback(None))
            raise
        if len(answer) <= MOST_BYTES:
            self._answers.keep(key, answer)
        return answer

    def beginning(self, limit: int, *arguments: str) -> tuple[bytes, bool]:
        """As `BareRepository.beginning`."""
        about = self._about(arguments, b"")
        key = (about, limit, arguments)
        known = self._answers.get(key) if about is not None else None
        if isinstance(known, tuple):
            return known
        answer = super().beginning(limit, *arguments)
        if about is not None and len(answer[0]) <= MOST_BYTES:
            self._answers.keep(key, answer)
        return answer

    def _about(self, arguments: tuple[str, ...], stdin: bytes) -> Hashable | None:
        """What decides the answer beside the question itself; None for one that is not remembered."""
        command = _command(arguments)
        named = [*_revisions(arguments), *stdin.decode("utf-8", "replace").split()]
        if command in _OF_OBJECTS and all(_OBJECT.fullmatch(word) for word in named):
            return self._identity()
        if command in _OF_REFS and all(_REF.fullmatch(word) or _OBJECT.fullmatch(word) for word in named):
            refs = self._head() if command == "symbolic-ref" else self._refs()
            return None if refs is None else (self._identity(), refs)
        return None

    def _identity(self) -> Hashable:
        """Another repository that is put in the same place has another file of configuration."""
        return (str(self.path), *_stamp(self.path / "config"))

    def _refs(self) -> Hashable | None:
        """All that refs are made of; None where there are too many, or where they are kept in another way."""
        head = self._head()
        try:
            loose = _loose_refs(str(self.path / "refs"))
        except OSError:
            return None  # a ref vanished meanwhile
        if head is None or loose is None:
            return None
        return (head, _stamp(self.path / "packed-refs"), loose)

    def _head(self) -> bytes | None:
        """HEAD as it is on disk; None where refs are kept in another way, as reftables."""
        if (self.path / "reftable").exists():
            return None
        return (self.path / "HEAD").read_bytes()


def _loose_refs(folder: str) -> frozenset[tuple[str, bytes]] | None:
    """Each file below the folder with its content; None for more than `MOST_REFS`. Raises OSError."""
    found: list[tuple[str, bytes]] = []
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    waiting.append(entry.path)
                    continue
                if len(found) == MOST_REFS:
                    return None
                found.append((entry.path, Path(entry.path).read_bytes()))
    return frozenset(found)


def _stamp(path: Path) -> tuple[int, ...]:
    """What changes when a file is replaced; empty without it."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_ino, found.st_mtime_ns, found.st_size)


def _command(arguments: tuple[str, ...]) -> str:
    return next((word for word in arguments if not word.startswith("-")), "")


def _revisions(arguments: tuple[str, ...]) -> list[str]:
    """The words behind the command that name something, without options and paths."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    words = [word for word in arguments[:end] if not word.startswith("-")]
    return words[1:]
