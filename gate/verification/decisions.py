"""One decision on main against its record: everything that the one says of the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from sluicegate.gate.core.commands import CommandError
from sluicegate.gate.core.decision import Decision
from sluicegate.gate.core.envelope import Envelope, EvidenceError
from sluicegate.gate.core.evidence import Predicate, decide_again, without_words
from sluicegate.gate.core.hand_edit import differences
from sluicegate.gate.core.serialize import dump
from sluicegate.gate.core.trailers import trailers
from sluicegate.gate.daemon.code import UNKNOWN, code_commit
from sluicegate.gate.verification.archive import StoredRecord
from sluicegate.gate.verification.report import Mismatch
from sluicegate.specs import layout
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Release
from sluicegate.specs.release_file import holds, read
from sluicegate.specs.yamlio import InputError, parse

_EARLIER_WORDS = ("Gate-Model", "Gate-Environment", "Gate-Decision", "Gate-Weight")


@dataclass(frozen=True)
class Decided:
    """A commit of main that says it is a decision, with its record."""

    sha: str
    path: str
    """The release.yaml that it is about."""
    trailers: Mapping[str, str]
    record: StoredRecord
    before: bytes | None
    """The file at the parent; None where there is none."""
    after: bytes | None
    held: Release | None = None
    """What `before` is known to say; None where it has to be read."""
    left: bytes | None = None
    """The file as the last decision left it."""

    @property
    def directory(self) -> str:
        """Where its record must lie."""
        return layout.records_directory(self.trailers["Gate-Environment"], self.trailers["Gate-Model"])


def compare(decided: Decided, predicate: Predicate) -> Iterator[Mismatch]:
    """Everything in which commit and record differ, but parent and policy."""
    decision = predicate.decision
    if decided.record.name.directory != decided.directory:
        yield "other-release", f"its record {decided.record.path} is of another release"
    if trailers(decision, decided.record.digest, predicate.inputs.command) != decided.trailers:
        yield "other-trailers", "its trailers are not those of its record"
    if decision.before != predicate.inputs.release:
        yield "other-before", "its record decides from one state and says another"
    begins = predicate.inputs.release
    if begins != decided.held and not _holds(decided.before, begins) and not _goes_back(decided, predicate):
        yield "other-before", f"its record begins at another state than {decided.path} had before"
    if not _holds(decided.after, _as_written(decision.release, predicate.inputs.policy)):
        yield "other-after", f"{decided.path} is another than its record says"
    yield from _replay(predicate)


def compare_earlier(decided: Decided, opened: Envelope) -> Iterator[Mismatch]:
    """What can be said of a record that an earlier rule made: its trailers, from the plain JSON."""
    if decided.record.name.directory != decided.directory:
        yield "other-release", f"its record {decided.record.path} is of another release"
    said = {key: decided.trailers[key] for key in _EARLIER_WORDS}
    if _earlier_trailers(opened.statement) != said:
        yield "other-trailers", "its trailers are not those of its record"


def _earlier_trailers(statement: Mapping[str, Any]) -> dict[str, str]:
    try:
        decision = statement["predicate"]["decision"]
        values = (
            decision["release"]["model"],
            decision["release"]["environment"],
            decision["kind"],
            f"{decision['before']['weight']} -> {decision['release']['weight']}",
        )
    except (KeyError, TypeError):
        return {}
    return dict(zip(_EARLIER_WORDS, map(str, values), strict=True))


def _as_written(release: Release, policy: Policy) -> Release:
    """The same release with its counts in the policy's order, as the gate wrote them: a record sorts keys.

    Its text can then be compared, which takes a tenth of reading the file.
    """
    names = [gate.name for gate in policy.gates]
    steps = []
    for step in release.counts:
        known = [name for name in names if name in step.tallies]
        others = [name for name in step.tallies if name not in names]
        steps.append(replace(step, tallies={name: step.tallies[name] for name in (*known, *others)}))
    return replace(release, counts=tuple(steps))


def _holds(text: bytes | None, release: Release) -> bool:
    if text is None:
        return release == Release(release.model, release.environment)
    try:
        return holds(text, release)
    except InputError:
        return False


def _goes_back(decided: Decided, predicate: Predicate) -> bool:
    """Whether the file said nothing any more, and the decision begins at what the one before it left."""
    edit = predicate.inputs.observations.edit
    if edit is None or not edit.unreadable or decided.left is None:
        return False
    return not _can_be_read(decided) and _holds(decided.left, predicate.inputs.release)


def _can_be_read(decided: Decided) -> bool:
    if decided.before is None:
        return False
    try:
        read(parse(decided.before, decided.path))
    except InputError:
        return False
    return True


def _replay(predicate: Predicate) -> Iterator[Mismatch]:
    recorded = predicate.decision
    try:
        again = decide_again(predicate.inputs)
    except CommandError as error:
        yield "other-decision", f"the command that it carries out is refused: {error}"
        return
    except (EvidenceError, ArithmeticError, ValueError, KeyError, IndexError, TypeError) as error:
        yield "other-decision", f"it cannot be decided again ({type(error).__name__}: {error})"
        return
    provenance = predicate.provenance
    same_code = provenance.code_commit == code_commit() != UNKNOWN
    if again == recorded or (not same_code and without_words(again) == without_words(recorded)):
        return
    by = "" if same_code else f"; it was decided by {provenance.code} ({provenance.code_commit[:12]})"
    yield "other-decision", f"decided again {_difference(recorded, again)}{by}"


def _difference(recorded: Decision, again: Decision) -> str:
    """What another result differs in, the most important alone."""
    if again.kind != recorded.kind:
        return f"it is {again.kind}, not as recorded {recorded.kind}"
    changes = differences(dump(recorded.release), dump(again.release))
    if changes:
        return f"it is {again.kind} too, but leaves another release (recorded -> now): {'; '.join(changes)}"
    parts = (
        part.name for part in fields(recorded) if getattr(recorded, part.name) != getattr(again, part.name)
    )
    return f"it is {again.kind} too, but not the same in: {', '.join(parts)}"
