"""What a remote's history says about the gate: every commit of its own against its record, whole and once."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from support.repositories import git

from sluicegate.gate.adapters.git.repository import EVIDENCE, MAIN, Repository
from sluicegate.gate.core import evidence, trailers
from sluicegate.gate.core.evidence import Predicate
from sluicegate.specs import layout
from sluicegate.specs.release import Release
from sluicegate.specs.release_file import read
from sluicegate.specs.yamlio import parse

_RECORD = re.compile(
    r"evidence/(?P<environment>[^/]+)/(?P<model>[^/]+)/(?P<number>\d{6})-(?P<short>\w{12})\.json"
)


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
        if (self._repository.tip_now(MAIN), self._repository.tip_now(EVIDENCE)) == (
            self._main,
            self._evidence,
        ):
            return []
        words = ["git", "fsck", "--strict", "--no-dangling"]
        fsck = subprocess.run(words, cwd=self.bare, capture_output=True, text=True, check=False)
        if fsck.returncode:
            self.problems.append(f"git fsck: {fsck.stderr.strip()}")
        self._read_records()
        return list(self._read_main())

    def _read_records(self) -> None:
        tip = self._repository.tip_now(EVIDENCE)
        if tip is None or tip == self._evidence:
            return
        if self._evidence and not self._repository.contains(tip, self._evidence):
            self.problems.append("the branch of the evidence was rewritten")
        paths = _new_files(self.bare, self._evidence, tip)
        for path in paths:
            found = _RECORD.fullmatch(path)
            if found is None:
                self.problems.append(f"{path} is not a record")
                continue
            sealed = self._repository.read(tip, path)
            digest = evidence.digest(sealed)
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
        if self._main and not self._repository.contains(tip, self._main):
            self.problems.append("main was rewritten")
        new = git("rev-list", "--reverse", "--first-parent", *_range(self._main, tip), cwd=self.bare).split()
        commits = {commit.sha: commit for commit in self._repository.log(tip, limit=len(new))}
        for sha in new:
            commit = commits[sha]
            values = trailers.parse(commit.message)
            if values is None:
                continue
            yield self._decided(sha, commit.parents, values)
        self._main = tip

    def _decided(self, sha: str, parents: tuple[str, ...], values: dict[str, str]) -> Decided:
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
        changed = self._repository.changed(parents[0], sha)
        if [name for _, name in changed] != [path]:
            self.problems.append(f"{what} changes {changed}")
        if self._release(parents[0], environment, model) != record.decision.before:
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


def _range(old: str | None, new: str) -> tuple[str, ...]:
    return (new,) if old is None else (new, f"^{old}")


def _new_files(bare: Path, old: str | None, new: str) -> list[str]:
    """The files that came, in the order of their numbers."""
    if old is None:
        return git("ls-tree", "-r", "--name-only", new, cwd=bare).splitlines()
    return git("diff-tree", "-r", "--name-only", old, new, cwd=bare).splitlines()
