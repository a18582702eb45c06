"""Whether the programs that call a model can go on as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sluicegate.specs.callers import Breaking
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.yamlio import Document
from sluicegate.validators.runner.finding import (
    Finding,
    Position,
    fail,
    inconclusive,
    passed,
    skipped,
    waived,
)
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.candidate import StableReading
from sluicegate.validators.submission.signature_changes import signature_changes

KEEP = "Keep what callers go by, or say `breaking: REASON` in model.yaml, and tell them first."


@check("signature-compatible", family="spec", section="breaking", parameters=Breaking, remedy=KEEP)
def signature_compatible(
    rules: str | None, spec: ModelSpec, document: Document, stable_versions: tuple[StableReading, ...]
) -> Iterator[Finding]:
    """Whoever calls the version that is stable can call this one without a change.

    It is compared with what each environment calls stable. A removed input or output, a new input, another
    type, rank or fixed length, columns or classes in other places, and lengths that are bound otherwise break
    a caller. A new output, and an input of any length where it had a fixed one, do not; they are shown. An
    input that the graph itself has a default for is not part of the signature. A break needs `breaking:
    REASON` in model.yaml, which excuses that version alone: the same words again, once they are stable,
    excuse nothing. The callers are those that environment.yaml lists.
    """
    if not stable_versions:
        yield skipped("nothing is stable in any environment that a caller could go by")
        return
    findings = [
        found for group in _alike(stable_versions) for found in _compared(rules, spec, document, group)
    ]
    yield from findings
    if rules is not None and all(finding.verdict == "pass" for finding in findings):
        at = Position(document.path, *document.key_position(("spec", "breaking")))
        yield passed("model.yaml says `breaking`, and nothing breaks: take it out", at)


def _alike(versions: Sequence[StableReading]) -> list[list[StableReading]]:
    """The environments whose stable version promises the same, in their order."""
    groups: dict[object, list[StableReading]] = {}
    for version in versions:
        old = version.reading.spec
        key = version.environment if old is None else _promised(old)
        groups.setdefault(key, []).append(version)
    return list(groups.values())


def _promised(old: ModelSpec) -> object:
    return old.version, old.signature, old.classes, old.sections.get("breaking")


def _compared(
    reason: str | None, spec: ModelSpec, document: Document, group: Sequence[StableReading]
) -> Iterator[Finding]:
    names = ", ".join(version.environment for version in group)
    old = group[0].reading.spec
    if old is None:
        problems = "; ".join(problem.located for problem in group[0].reading.problems)
        message = f"what is stable in {names} cannot be read, so nobody knows what breaks: {problems}"
        yield inconclusive(message, remedy="Mend what is named, and judge again.")
        return
    whose = f"version {old.version}, stable in {names}"
    changes = signature_changes(old, spec)
    breaks = [change for change in changes if change.breaks]
    if not breaks:
        shown = "".join(f"; {change.words}" for change in changes)
        yield passed(f"compatible with {whose}{shown}")
        return
    for change in breaks:
        at = Position(document.path, *document.position(change.at))
        message = f"{change.words} ({whose}; {_callers(group)})"
        yield _judged(message, reason, old, at)


def _judged(message: str, reason: str | None, old: ModelSpec, at: Position) -> Finding:
    if reason is None:
        return fail(message, at)
    if reason == old.sections.get("breaking"):
        remedy = f"Say in `breaking` what this version breaks; version {old.version} has these very words."
        return fail(f"{message}; `breaking` excuses version {old.version} alone", at, remedy=remedy)
    return waived(f"{message}; declared: {reason}", at)


def _callers(group: Sequence[StableReading]) -> str:
    """Whom the break hits."""
    unknown = [version.environment for version in group if version.callers is None]
    names = dict.fromkeys(str(caller) for version in group for caller in version.callers or ())
    words = f"callers: {', '.join(names)}" if names else "no caller is listed in environment.yaml"
    return f"{words}; environment.yaml of {', '.join(unknown)} cannot be read" if unknown else words
