"""A repository of the gate's in the hands of somebody who may write both of its branches, but has no key."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sluicegate.gate.adapters.git.objects import Commit, Entry
from sluicegate.gate.adapters.git.repository import AUTHOR, EVIDENCE, MAIN, Repository
from sluicegate.gate.adapters.signing import TrustedKeys
from sluicegate.gate.core import envelope, evidence, trailers
from sluicegate.gate.core.decision import Decision
from sluicegate.gate.core.envelope import Signer
from sluicegate.gate.core.evidence import Predicate
from sluicegate.gate.verification import Report, verify
from sluicegate.specs import layout, release_file
from sluicegate.specs.yamlio import parse
from support.clock import START
from support.gate_scene import PEOPLE, RELEASE
from support.keys import Key

KEYS = layout.TRUSTED_KEYS
ATTACKER = Key()
Change = Callable[[Predicate], Predicate]


def first(report: Report) -> tuple[str, str | None, str | None, str | None]:
    """The first finding: its kind, and the commit, file and record that it names."""
    finding = report.findings[0]
    return finding.kind, finding.commit, finding.file, finding.record


def kinds(report: Report) -> list[str]:
    """The kind of each finding."""
    return [finding.kind for finding in report.findings]


@dataclass
class Stored:
    """A record as the branch has it."""

    path: str
    sealed: bytes

    @property
    def digest(self) -> str:
        return envelope.digest(self.sealed)


class Victim:
    """The remote, changed in place."""

    def __init__(self, bare: Path, key: Key) -> None:
        self.bare = bare
        self.key = key
        self.repository = Repository.in_place(bare)

    def verify(self, keys: TrustedKeys | None = None, *, require_signature: bool = False) -> Report:
        """Verify what is there now."""
        repository = Repository.in_place(self.bare)
        main = repository.commit_named(f"refs/heads/{MAIN}")
        assert main is not None
        tip = repository.commit_named(f"refs/heads/{EVIDENCE}")
        with repository:
            return verify(repository, main, tip, keys=keys, require_signature=require_signature)

    def tip(self, branch: str = MAIN) -> str:
        sha = self.repository.commit_named(f"refs/heads/{branch}")
        assert sha is not None
        return sha

    def move(self, branch: str, sha: str | None) -> None:
        """Force a branch to a commit; None deletes it."""
        ref = f"refs/heads/{branch}"
        words = ("-d", ref) if sha is None else (ref, sha)
        self.repository.git.run("update-ref", *words)

    def commit(
        self, changes: Mapping[str, bytes], message: str, branch: str = MAIN, who: Any = PEOPLE
    ) -> str:
        """A commit on top of a branch."""
        sha = self.repository.commit(self.tip(branch), changes, message, START, who)
        self.move(branch, sha)
        return sha

    def decisions(self) -> list[Commit]:
        """The gate's commits, oldest first."""
        log = self.repository.log(self.tip())[::-1]
        return [commit for commit in log if trailers.parse(commit.message) is not None]

    def records(self, model: str = "m") -> list[Stored]:
        """The records of a release, oldest first."""
        directory = layout.records_directory("production", model)
        entries = self.repository.entries(self.tip(EVIDENCE), directory)
        return [Stored(entry.path, self.repository.blob(entry.oid)) for entry in entries]

    def rewrite_evidence(self, records: Sequence[Stored]) -> None:
        """The branch of the evidence anew, as if these had been all records ever."""
        parent = None
        for record in records:
            parent = self.repository.commit(parent, {record.path: record.sealed}, "Evidence\n", START, AUTHOR)
        self.move(EVIDENCE, parent)

    def relinked(self, records: Sequence[Stored], kept: int) -> list[Stored]:
        """The records behind the first `kept` numbered and chained anew, unsigned: the chain is whole."""
        relinked = list(records[:kept])
        for record in records[kept:]:
            previous = relinked[-1].digest if relinked else None

            def link(predicate: Predicate, previous: str | None = previous) -> Predicate:
                return replace(predicate, provenance=replace(predicate.provenance, previous=previous))

            relinked.append(stored(changed(record.sealed, link), len(relinked) + 1))
        return relinked

    def decide(self, change: Change, signer: Signer | None = None, **files: bytes) -> str:
        """Append a decision made of the last one: `change` has it; its record and commit fit each other.

        Parent, state before, chain and trailers are right, so what is found is what `change` did.
        """
        records = self.records()
        release = release_file.read(parse(self.repository.read(self.tip(), RELEASE), RELEASE))
        last = evidence.read(records[-1].sealed)
        inputs = replace(last.inputs, release=release, now=last.inputs.now + timedelta(minutes=1))
        provenance = replace(last.provenance, parent=self.tip(), previous=records[-1].digest)
        again = Predicate(inputs, replace(last.decision, before=release), provenance)
        predicate = change(again)
        sealed = seal(predicate, signer)
        record = stored(sealed, len(records) + 1)
        text = release_file.update(self.repository.read(self.tip(), RELEASE), predicate.decision.release)
        self.commit({record.path: sealed}, "Evidence\n", EVIDENCE, AUTHOR)
        message = trailers.message(predicate.decision, record.digest, predicate.inputs.command)
        changes = {
            RELEASE: text,
            **{name.replace("__", "/").replace("gate_pub", "gate.pub"): data for name, data in files.items()},
        }
        return self.commit(changes, message, MAIN, AUTHOR)

    def rewrite_main(
        self, keep: Callable[[Commit], bool] = lambda _: True, messages: Mapping[str, str] | None = None
    ) -> None:
        """Main anew: some commits left out, some with another message (by their shas)."""
        head = None
        for commit in self.repository.log(self.tip())[::-1]:
            message = (messages or {}).get(commit.sha, commit.message)
            if not keep(commit):
                continue
            if commit.parents == ((head,) if head else ()) and message == commit.message:
                head = commit.sha
                continue
            changes = {entry.path: self.repository.blob(entry.oid) for entry in self._changed(commit)}
            head = self.repository.commit(head, changes, message, commit.at, AUTHOR)
        self.move(MAIN, head)

    def _changed(self, commit: Commit) -> list[Entry]:
        before = set(self.repository.entries(commit.parents[0])) if commit.parents else set()
        return [entry for entry in self.repository.entries(commit.sha) if entry not in before]


def stored(sealed: bytes, number: int, model: str = "m") -> Stored:
    """A record under the name that it must have."""
    return Stored(layout.record_path("production", model, number, envelope.digest(sealed)), sealed)


def seal(predicate: Predicate, signer: Signer | None = None) -> bytes:
    """The record of this predicate."""
    inputs = predicate.inputs
    statement = evidence.record(
        predicate.decision,
        inputs.policy,
        inputs.observations,
        inputs.now,
        predicate.provenance,
        inputs.command,
    )
    statement["predicate"]["inputs"]["release"] = evidence.dump(inputs.release)
    return envelope.envelope(statement, *([signer] if signer is not None else []))


def changed(sealed: bytes, change: Change, signer: Signer | None = None) -> bytes:
    """A record with something changed, sealed again."""
    return seal(change(evidence.read(sealed)), signer)


def edited(sealed: bytes, edit: Callable[[dict[str, Any]], None]) -> bytes:
    """A record whose statement was edited, under its old signatures."""
    outer = json.loads(sealed)
    statement = json.loads(base64.b64decode(outer["payload"]))
    edit(statement)
    outer["payload"] = base64.b64encode(json.dumps(statement).encode()).decode()
    return json.dumps(outer).encode()


def decided(predicate: Predicate) -> Predicate:
    """The predicate with the decision that its inputs give."""
    decision: Decision = evidence.decide_again(predicate.inputs)
    return replace(predicate, decision=decision)


def invented(predicate: Predicate) -> Predicate:
    """The hold is released, as though a person had said so."""
    command = replace(predicate.inputs.command, name="release", reason="all is well")
    return decided(replace(predicate, inputs=replace(predicate.inputs, command=command)))
