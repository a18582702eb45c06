"""Hold every change of a release.yaml against its record, commit by commit, oldest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sluicegate.gate.adapters.git.names import valid_path
from sluicegate.gate.adapters.git.objects import Commit
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.core import trailers
from sluicegate.gate.core.envelope import Envelope, EvidenceError
from sluicegate.gate.core.evidence import Predicate, read_statement
from sluicegate.gate.verification.approvals import Approvals
from sluicegate.gate.verification.archive import Archive, StoredRecord
from sluicegate.gate.verification.decisions import Decided, compare, compare_earlier
from sluicegate.gate.verification.files import content
from sluicegate.gate.verification.policies import Policies
from sluicegate.gate.verification.remedies import remedy
from sluicegate.gate.verification.report import Finding, Mismatch, Note, Report
from sluicegate.gate.verification.trust import Trust
from sluicegate.gate.verification.verdicts import Verdicts
from sluicegate.specs import layout
from sluicegate.specs.release import Release
from sluicegate.specs.release_file import read
from sluicegate.specs.yamlio import InputError, parse


@dataclass
class _Known:
    """What is known of one release.yaml while main is walked."""

    text: bytes | None = None
    decided: bytes | None = None
    """As the last decision left it."""
    held: Release | None = None
    """What `decided` was found to say; None where it was not compared."""
    number: int = 0
    """Of the last record."""
    by_today: bool = False
    """Whether a decision of today's rule was seen."""
    edits: list[Finding] = field(default_factory=list)
    """Changes that no decision wrote, and that nobody undid or adopted yet."""


class Walk:
    """The state of all releases while main is walked; `report` gets what is found."""

    def __init__(self, repository: Repository, archive: Archive, trust: Trust, report: Report) -> None:
        self.report = report
        self.used: set[str] = set()
        """Digests of the records that main names."""
        self._repository = repository
        self._archive = archive
        self._trust = trust
        self._policies = Policies(repository)
        self._verdicts = Verdicts(repository, archive, trust, report)
        self._approvals = Approvals(repository, archive.tip, trust)
        self._known: dict[str, _Known] = {}
        self._batch: tuple[str, str] | None = None
        """The last commit, where it was a decision, and the commit that was read to decide it."""

    def step(self, commit: Commit, letters: Mapping[str, str]) -> None:
        """Judge one commit; `letters` has git's letter of each path that differs from its first parent."""
        texts = {path: self._content(commit, path, letters[path]) for path in letters if _is_release(path)}
        said = trailers.parse(commit.message)
        if said is not None:
            self._decision(commit, letters, texts, said)
        else:
            self._batch = None
            for path, text in texts.items():
                self._edit(commit, path, text)
        for path, text in texts.items():
            self._release(path).text = text
        for news in self._trust.follow(commit, letters.get(layout.TRUSTED_KEYS)):
            if isinstance(news, Note):
                self.report.notes.append(news)
            else:
                self.report.findings.append(news)

    def _release(self, path: str) -> _Known:
        return self._known.setdefault(path, _Known())

    def _content(self, commit: Commit, path: str, letter: str) -> bytes | None:
        if letter == "D":
            return None
        # A name that git's batch protocol cannot carry is no release that a decision could be about.
        carried = valid_path(path) and "\ufffd" not in path
        # A submodule of this name says nothing, as a file that cannot be read.
        return (content(self._repository, commit.sha, path) or b"") if carried else b""

    def _edit(self, commit: Commit, path: str, text: bytes | None) -> None:
        known = self._release(path)
        if known.edits and _say_the_same(path, text, known.decided):
            self._settle(known, f"undone by {commit.author.name} in {commit.sha[:12]}")
            return
        what = "a merge" if len(commit.parents) > 1 else "a commit"
        edited = f"{commit.sha[:12]}, {what} by {commit.author.name}, changes {path}"
        if _say_the_same(path, text, known.text):
            self.report.notes.append(Note(commit.sha, f"{edited} without effect: every value stays"))
            return
        problem = f"{edited}, and no decision says so"
        finding = Finding("no-decision", problem, remedy("no-decision"), commit.sha, path)
        known.edits.append(finding)
        self.report.findings.append(finding)

    def _settle(self, known: _Known, how: str) -> None:
        """Edits that stand no more are notes, and no findings."""
        for edit in known.edits:
            self.report.findings.remove(edit)
            self.report.notes.append(Note(edit.commit or "", f"{edit.problem}; {how}"))
        known.edits.clear()

    def _decision(
        self,
        commit: Commit,
        letters: Mapping[str, str],
        texts: Mapping[str, bytes | None],
        said: Mapping[str, str],
    ) -> None:
        self.report.decisions += 1
        path = layout.release_path(said["Gate-Environment"], said["Gate-Model"])
        record = self._archive.by_digest.get(said["Gate-Evidence"])
        if record is None:
            self._batch = None
            if self._archive.tip is not None or self.report.decisions == 1:
                self._find(commit, path, None, self._missing(said))
            return
        self.used.add(record.digest)
        known = self._release(path)
        after = texts.get(path, known.text)
        decided = Decided(commit.sha, path, said, record, known.text, after, _held(known), known.decided)
        try:
            opened = self._archive.open(record)
            predicate = None if opened.earlier else read_statement(opened)
        except EvidenceError as error:
            self._batch = None
            self._find(
                commit, path, record, ("record-unreadable", f"its record cannot be read: {error.message}")
            )
            return
        known.decided = after
        signed = self._trust.signed(opened)
        mismatches = [
            *self._order(known, record),
            *self._trust.mismatches(opened, signed),
            *_only_its_file(commit, letters, path),
            *self._content_mismatches(commit, known, decided, opened, predicate),
        ]
        for mismatch in mismatches:
            self._find(commit, path, record, mismatch)
        known.held = None if mismatches or predicate is None else predicate.decision.release
        if not mismatches:
            self._accept(commit, known, predicate, signed)

    def _content_mismatches(
        self, commit: Commit, known: _Known, decided: Decided, opened: Envelope, predicate: Predicate | None
    ) -> Iterator[Mismatch]:
        """Where commit and record differ; of an earlier rule's record (no predicate) what can be told."""
        if predicate is None:
            self._batch = None
            if known.by_today:
                yield "earlier-rule", "its record is of an earlier rule than the one before it"
            yield from compare_earlier(decided, opened)
            return
        known.by_today = True
        yield from self._place(commit, predicate)
        yield from compare(decided, predicate)
        yield from self._policies.mismatches(predicate)
        yield from self._verdicts.mismatches(predicate)
        yield from self._approvals.mismatches(predicate)

    def _order(self, known: _Known, record: StoredRecord) -> Iterator[Mismatch]:
        if record.name.number <= known.number:
            yield "order", f"its record {record.path} is not newer than the one of the decision before it"
        known.number = max(known.number, record.name.number)

    def _place(self, commit: Commit, predicate: Predicate) -> Iterator[Mismatch]:
        """Decided at the parent, or at the commit at which the decision before it was decided."""
        read_at = predicate.provenance.parent
        parent = commit.parents[0] if commit.parents else ""
        in_batch = self._batch == (parent, read_at)
        if read_at != parent and not in_batch:
            yield "other-parent", f"it was decided at {read_at[:12]}, and its parent is {parent[:12]}"
        self._batch = (commit.sha, read_at)

    def _accept(self, commit: Commit, known: _Known, predicate: Predicate | None, signed: bool) -> None:
        """Count a decision that is as it says; one that names the edit from which it goes on settles it."""
        self.report.earlier += predicate is None
        self.report.replayed += predicate is not None
        self.report.signed += signed
        if predicate is None or predicate.inputs.observations.edit is None:
            return
        command = predicate.inputs.command
        by = "the gate" if command is None else command.by or commit.author.name
        if command is not None and command.name == "adopt":
            self._settle(known, f"adopted by {by} in {commit.sha[:12]}")
        else:
            self._settle(known, f"{predicate.decision.kind} by {by} in {commit.sha[:12]}, which names it")

    def _missing(self, said: Mapping[str, str]) -> Mismatch:
        if self._archive.tip is None:
            return "evidence-missing", "there is no branch of evidence here"
        directory = layout.records_directory(said["Gate-Environment"], said["Gate-Model"])
        edited = self._archive.named(directory, said["Gate-Evidence"])
        if edited is not None:
            self.used.add(edited.digest)
            return "record-edited", f"its record {edited.path} has the digest {edited.digest} now"
        return "record-missing", f"there is no record {said['Gate-Evidence']}"

    def _find(self, commit: Commit, path: str, record: StoredRecord | None, mismatch: Mismatch) -> None:
        kind, problem = mismatch
        where = None if record is None else record.path
        sentence = f"{commit.sha[:12]}, a decision on {path}: {problem}"
        self.report.findings.append(Finding(kind, sentence, remedy(kind), commit.sha, path, where))


def _held(known: _Known) -> Release | None:
    """What the release.yaml is known to say before a decision: what the one before it left, if it is that."""
    return known.held if known.text == known.decided else None


def _say_the_same(path: str, one: bytes | None, other: bytes | None) -> bool:
    """Whether two contents of a release.yaml have the same values, whatever their comments and layout."""
    if one == other:
        return True
    if one is None or other is None:
        return False
    try:
        return read(parse(one, path)) == read(parse(other, path))
    except InputError:
        return False


def _is_release(path: str) -> bool:
    deployment = layout.released_by(path)
    return deployment is not None and deployment.model is not None


def _only_its_file(commit: Commit, letters: Mapping[str, str], path: str) -> Iterator[Mismatch]:
    others = sorted(set(letters) - {path})
    if len(commit.parents) != 1:
        yield "other-files", "it is a merge or has no parent, and the gate writes neither"
    if others:
        yield "other-files", f"it changes {others[0]} as well, and a decision is one file"
    elif path not in letters:
        yield "other-files", "it changes nothing of its release.yaml"
