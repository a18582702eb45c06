"""The branch of the evidence: its records by digest and release, and whether each follows the one before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sluicegate.gate.adapters.git.objects import changed_paths, log
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.core.envelope import Envelope, EvidenceError, digest, open_envelope
from sluicegate.gate.verification.remedies import remedy
from sluicegate.gate.verification.report import Finding
from sluicegate.specs import layout
from sluicegate.specs.layout import RecordName


@dataclass(frozen=True)
class StoredRecord:
    """One record of the branch."""

    path: str
    name: RecordName
    blob: str
    digest: str
    """`sha256:...` of the bytes that are there."""
    previous: str | None
    """The digest of the record before it, as it says."""
    unreadable: str | None = None
    """Why it cannot be read as evidence."""

    @property
    def renamed(self) -> bool:
        """Whether its bytes are others than its name says."""
        return not self.digest.removeprefix("sha256:").startswith(self.name.digest)


class Archive:
    """All records at a tip of the branch; contents are read again when they are asked for."""

    def __init__(self, repository: Repository, tip: str | None) -> None:
        self.tip = tip
        self._repository = repository
        self._strangers: list[str] = []
        self.verdicts: dict[str, str] = {}
        """Recorded verdicts: the blob of each path."""
        self._releases: dict[str, list[StoredRecord]] = {}
        for record in self._read():
            self._releases.setdefault(record.name.directory, []).append(record)
        for records in self._releases.values():
            records.sort(key=lambda record: (record.name.number, record.path))
        self.by_digest: Mapping[str, StoredRecord] = {record.digest: record for record in self}

    def __iter__(self) -> Iterator[StoredRecord]:
        for records in self._releases.values():
            yield from records

    def open(self, record: StoredRecord) -> Envelope:
        """Its envelope. Raises EvidenceError."""
        return open_envelope(self._repository.blob(record.blob))

    def named(self, directory: str, named_digest: str) -> StoredRecord | None:
        """The record of a release whose file name has this digest, whatever its bytes are."""
        short = named_digest.removeprefix("sha256:")[:12]
        matching = (one for one in self._releases.get(directory, ()) if one.name.digest == short)
        return next(matching, None)

    def findings(self) -> Iterator[Finding]:
        """Records that are not in their place, and commits that changed or removed one."""
        for path in self._strangers:
            yield Finding("chain", f"{path} is not named as a record", remedy("chain"), self.tip, path)
        for records in self._releases.values():
            yield from _chain(records)
        for path, blob in self.verdicts.items():
            name = layout.verdict_named(path)
            found = digest(self._repository.blob(blob)).removeprefix("sha256:")
            if name is None or not found.startswith(name.digest):
                problem = f"{path} has the digest {found}, another than its name"
                yield Finding("chain", problem, remedy("chain"), self.tip, path, path)
        if self.tip is not None:
            yield from self._rewritten(self.tip)

    def _read(self) -> Iterator[StoredRecord]:
        if self.tip is None:
            return
        for entry in self._repository.entries(self.tip):
            if layout.is_picture(entry.path) and entry.plain:
                continue
            if layout.verdict_named(entry.path) is not None and entry.plain:
                self.verdicts[entry.path] = entry.oid
                continue
            if layout.review_named(entry.path) is not None and entry.plain:
                continue
            name = layout.record_named(entry.path)
            if name is None or not entry.plain:
                self._strangers.append(entry.path)
                continue
            sealed = self._repository.blob(entry.oid)
            try:
                previous, unreadable = open_envelope(sealed).previous, None
            except EvidenceError as error:
                previous, unreadable = None, str(error)
            yield StoredRecord(entry.path, name, entry.oid, digest(sealed), previous, unreadable)

    def _rewritten(self, tip: str) -> Iterator[Finding]:
        git = self._repository.git
        shas = [commit.sha for commit in reversed(log(git, tip))]
        for sha, changes in changed_paths(git, shas).items():
            for letter, paths in changes.items():
                for path in paths if letter != "A" else ():
                    what = "removes" if letter == "D" else "changes"
                    yield Finding(
                        "evidence-rewritten",
                        f"{sha[:12]} {what} {path}; records are only ever added",
                        remedy("evidence-rewritten"),
                        sha,
                        path,
                        path,
                    )


def _chain(records: list[StoredRecord]) -> Iterator[Finding]:
    """Numbers without a gap, names that are those of the bytes, each naming the digest before it."""
    before: StoredRecord | None = None
    for number, record in enumerate(records, start=1):
        problem = _out_of_place(number, record, before)
        if problem is not None:
            yield Finding("chain", problem, remedy("chain"), None, record.path, record.path)
        before = record


def _out_of_place(number: int, record: StoredRecord, before: StoredRecord | None) -> str | None:
    if record.unreadable is not None:
        return f"{record.path}: {record.unreadable}"
    if record.renamed:
        return f"{record.path} has the digest {record.digest}, another than its name"
    if record.name.number != number:
        return f"{record.path} is record {number} of its release by count: one is missing or there twice"
    if record.previous != (None if before is None else before.digest):
        named = record.previous or "none"
        there = "none" if before is None else f"{before.digest} ({before.path})"
        return f"{record.path} names {named} as the record before it, and there is {there}"
    return None
