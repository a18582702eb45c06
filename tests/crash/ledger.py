"""What a remote's history says about the gate: every commit of its own against its record, whole and once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sluicegate.gate.adapters.git.command import call, last_words
from sluicegate.gate.adapters.git.objects import Commit, changed_paths
from sluicegate.gate.adapters.git.repository import EVIDENCE, MAIN, Repository
from sluicegate.gate.core import envelope, evidence, trailers
from sluicegate.gate.core.evidence import Predicate
from sluicegate.specs import layout
from sluicegate.specs.release import Release
from sluicegate.specs.release_file import read
from sluicegate.specs.yamlio import parse

_RECORD = re.compile(
    r"evidence/(?P<environment>[^/]+)/(?P<model>[^/]+)/(?P<number>\d{6})-(?P<short>\w{12})\.json"
)
_EVERY = 10**9
"""Commits; more than any history here has."""


@dataclass(frozen=True)
class Decided:
    """One decision of the gate on main."""

    environment: str
    model: str
    kind: str
    weight: str


@dataclass
class Ledger:
    """Reads a bare repository again and again; `problems` is all that it ever found wrong.

    A record without a commit is no problem: git moves the branch of the evidence first, and a gate that is
    killed between the two decides again. `orphans` has their digests.
    """

    bare: Path
    problems: list[str] = field(default_factory=list)
    orphans: set[str] = field(default_factory=set)
    _main: str | None = None
    _evidence: str | None = None
    _records: dict[str, Predicate] = field(default_factory=dict)
    _last: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._repository = Repository.in_place(self.bare)

    def close(self) -> None:
        self._repository.close()

    def suspend(self) -> None:
        """End the process that reads; the next `read` starts another."""
        self._repository.blobs.close()

    def read(self) -> list[Decided]:
        """Check all that is new since the last time; the new decisions, oldest first."""
        self._read_records()
        return list(self._read_main())

    def check_objects(self) -> None:
        """Check every object of the repository: what was damaged once stays so, and is found later."""
        done = call(self.bare, "fsck", "--strict", "--no-dangling", "--no-progress")
        if done.returncode:
            self.problems.append(f"git fsck: {last_words(done)}")

    def _read_records(self) -> None:
        tip = self._repository.tip_now(EVIDENCE)
        if tip is None or tip == self._evidence:
            return
        if not self._new_commits(self._evidence, tip):
            self.problems.append("the branch of the evidence was rewritten")
        for path in self._new_files(self._evidence, tip):
            found = _RECORD.fullmatch(path)
            if found is None:
                self.problems.append(f"{path} is not a record")
                continue
            sealed = self._repository.read(tip, path)
            digest = envelope.digest(sealed)
            release = (found["environment"], found["model"])
            record = evidence.read(sealed)
            if digest.removeprefix("sha256:")[:12] != found["short"]:
                self.problems.append(f"{path} has another digest")
            if record.provenance.previous != self._last.get(release):
                self.problems.append(f"{path} does not follow the record before it")
            if evidence.replay(sealed) != record.decision:
                self.problems.append(f"{path} does not decide the same again")
            self._last[release] = digest
            self._records[digest] = record
            self.orphans.add(digest)
        self._evidence = tip

    def _read_main(self) -> Iterator[Decided]:
        tip = self._repository.tip_now(MAIN)
        if tip is None or tip == self._main:
            return
        commits = self._new_commits(self._main, tip)
        if not commits:
            self.problems.append("main was rewritten")
        changes = changed_paths(self._repository.git, [commit.sha for commit in commits])
        for commit in commits:
            values = trailers.parse(commit.message)
            if values is not None:
                yield self._decided(commit.sha, commit.parents[0], values, changes[commit.sha])
        self._main = tip

    def _new_commits(self, old: str | None, tip: str) -> list[Commit]:
        """The first parents of a tip since the old one, oldest first; none where they do not lead there."""
        revisions = tip if old is None else f"{old}..{tip}"
        commits = self._repository.log(revisions, limit=_EVERY)[::-1]
        if old is not None and (not commits or commits[0].parents[0] != old):
            return []
        return commits

    def _new_files(self, old: str | None, tip: str) -> list[str]:
        """The files that came or changed, in the order of their numbers."""
        if old is None:
            return [entry.path for entry in self._repository.entries(tip)]
        return [path for _, path in self._repository.changed(old, tip)]

    def _decided(
        self, sha: str, parent: str, values: dict[str, str], changes: dict[str, list[str]]
    ) -> Decided:
        environment = values["Gate-Environment"]
        model = values["Gate-Model"]
        what = f"{sha[:12]} ({model} in {environment})"
        decided = Decided(environment, model, values["Gate-Decision"], values["Gate-Weight"])
        digest = values["Gate-Evidence"]
        record = self._records.get(digest)
        if record is None:
            self.problems.append(f"{what} names a record that is not there")
            return decided
        if digest not in self.orphans:
            self.problems.append(f"{what} names a record that another commit names: doubled")
        self.orphans.discard(digest)
        path = layout.release_path(environment, model)
        if [name for names in changes.values() for name in names] != [path]:
            self.problems.append(f"{what} changes {changes}")
        if self._release(parent, environment, model) != record.decision.before:
            self.problems.append(f"{what} was not decided from the state that it follows")
        if self._release(sha, environment, model) != record.decision.release:
            self.problems.append(f"{what} has another state than was decided")
        return decided

    def _release(self, commit: str, environment: str, model: str) -> Release:
        path = layout.release_path(environment, model)
        folder, _, name = path.rpartition("/")
        oid = self._repository.listing(commit, folder).get(name)
        if oid is None:
            return Release(model, environment)
        return read(parse(self._repository.blob(oid), path))
