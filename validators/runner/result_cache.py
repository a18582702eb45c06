"""Findings that the contained child made before of the very same inputs: kept by content, in a directory.

Only what stops nothing is kept: a refusal, an error or a time-out is judged anew each time. An entry counts
where its seal does, which is for whoever opens the cache to say; one that does not is named, and judged anew.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from sluicegate.specs.names import is_sha256
from sluicegate.validators.runner.answers import AnswerError, read_answer, write_answer
from sluicegate.validators.runner.finding import Finding, Verdict

log = logging.getLogger(__name__)

MOST_BYTES = 256 << 20
"""Bytes of all entries; beyond it those that were not used for longest go."""
MOST_ENTRY = 4 << 20
"""Bytes of one entry."""


class Seal(Protocol):
    """What makes an entry trustworthy: only who holds its key can have written it."""

    def sign(self, data: bytes) -> str | None:
        """The signature of these bytes; None where this reader writes nothing."""

    def counts(self, data: bytes, signature: str) -> bool:
        """Whether a holder of the key signed these bytes."""


@dataclass(frozen=True)
class Kept:
    """The findings of one check, and when they were made."""

    findings: tuple[Finding, ...]
    judged: datetime


@dataclass
class ResultCache:
    """A directory of entries, one file a key, written whole or not at all; several may read and write it."""

    directory: Path
    seal: Seal
    now: datetime
    """When what is added was judged."""
    most: int = MOST_BYTES
    refused: list[str] = field(default_factory=list)
    """Files whose seal does not count, by name; they were judged anew."""

    def find(self, key: str, check: str) -> Kept | None:
        """The entry of a key; None where there is none that counts."""
        path = self._path(key)
        try:
            with path.open("rb") as file:
                content = file.read(MOST_ENTRY + 1)
        except OSError:
            return None
        kept = self._opened(content, key, check)
        if kept is None:
            self.refused.append(path.name)
            log.warning("the cache's entry %s is not believed: its seal is of no trusted key", path)
        else:
            with suppress(OSError):
                os.utime(path)  # used now: what is used stays longest
        return kept

    def add(self, key: str, check: str, findings: Sequence[Finding]) -> None:
        """Keep findings, where they stop nothing. A directory that cannot be written is said in the log."""
        if not findings or any(one.verdict not in (Verdict.PASS, Verdict.SKIPPED) for one in findings):
            return
        data = json.dumps(
            {
                "key": key,
                "check": check,
                "judged": self.now.isoformat(),
                "findings": [json.loads(write_answer(one)) for one in findings],
            },
            sort_keys=True,
        )
        signature = self.seal.sign(data.encode())
        if signature is None:
            return
        path = self._path(key)
        try:
            _write(path, json.dumps({"entry": data, "seal": signature}).encode())
        except OSError as error:
            log.warning("the cache %s cannot be written: %s", self.directory, error.strerror)

    def trim(self) -> None:
        """Remove what was not used for longest, until the rest is within the bound."""
        files = []
        for path in self.directory.glob("??/*"):
            with suppress(OSError):  # another process has removed it
                state = path.stat()
                files.append((state.st_mtime, state.st_size, path))
        whole = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if whole <= self.most:
                return
            with suppress(OSError):
                path.unlink()
            whole -= size

    def _path(self, key: str) -> Path:
        if not is_sha256(f"sha256:{key}"):
            raise ValueError(f"{key[:80]!r} is no key")
        return self.directory / key[:2] / f"{key}.json"

    def _opened(self, content: bytes, key: str, check: str) -> Kept | None:
        """What a file holds, if it is this entry, whole, and its seal counts."""
        try:
            outer = json.loads(content)
            data, signature = outer["entry"], outer["seal"]
            if not self.seal.counts(data.encode(), signature):
                return None
            entry = json.loads(data)
            if (entry["key"], entry["check"]) != (key, check):
                return None
            return Kept(tuple(_findings(entry["findings"], check)), datetime.fromisoformat(entry["judged"]))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, AnswerError):
            return None


def _findings(listed: Iterable[Mapping[str, Any]], check: str) -> Iterable[Finding]:
    """The findings of an entry, each held to what a child may answer. Raises AnswerError."""
    for one in listed:
        finding = read_answer(json.dumps(one).encode(), check)
        if finding is None:
            raise AnswerError("an entry that ends early")
        yield finding


def _write(path: Path, content: bytes) -> None:
    """Put a file there so that a reader sees all of it or nothing. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(prefix=".", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise
