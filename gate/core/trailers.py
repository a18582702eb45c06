"""A decision as a commit message: a subject, the reason, a line for each gate, and trailers for programs."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sluicegate.gate.core.command import Command
from sluicegate.gate.core.decision import Decision
from sluicegate.specs.errors import SluiceError
from sluicegate.specs.names import SHA256
from sluicegate.specs.release import Release

SUBJECT = 72
"""Characters of the first line at most."""

_LINE = re.compile(r"(?P<key>[A-Za-z][A-Za-z0-9-]*): (?P<value>[^\x00-\x1f\x7f\x85\u2028\u2029]+)")
_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "Gate-Model": re.compile(r"\S.{0,199}"),
    "Gate-Environment": re.compile(r"\S.{0,199}"),
    "Gate-Decision": re.compile(r"advance|wait|hold|rollback|finish"),
    "Gate-Weight": re.compile(r"(\d{1,2}|100) -> (\d{1,2}|100)", re.ASCII),
    "Gate-Evidence": re.compile(SHA256),
    "Gate-Version": re.compile(r"\d{1,18}", re.ASCII),
    "Gate-By": re.compile(r"\S.{0,199}"),
    "Gate-Key": re.compile(r"\S.{0,499}"),
}
_REQUIRED = ("Gate-Model", "Gate-Environment", "Gate-Decision", "Gate-Weight", "Gate-Evidence")


class TrailerError(SluiceError):
    """A value that cannot be written in a trailer."""


def message(decision: Decision, evidence_digest: str, command: Command | None = None) -> str:
    """Write the whole commit message; `evidence_digest` is `sha256:` and 64 hex digits.

    Raises TrailerError when a value does not have its pattern, which cannot happen for a release that was
    read from a checked file.
    """
    values = trailers(decision, evidence_digest, command)
    for key, value in values.items():
        if not _valid(key, value):
            raise TrailerError(f"{key} cannot be {value!r}", "write a value of one line that has its pattern")
    lines = [_one_line(j.reason) for j in decision.judgements if j.reason not in decision.reason]
    lines += [_one_line(figure.reason) for figure in decision.shown]
    gates = "".join(f"- {line}\n" for line in lines)
    body = f"{_one_line(decision.reason)}\n" + (f"\n{gates}" if gates else "")
    text = "".join(f"{key}: {value}\n" for key, value in values.items())
    return f"{_subject(decision, command)}\n\n{body}\n{text}"


def trailers(decision: Decision, evidence_digest: str, command: Command | None = None) -> dict[str, str]:
    """The trailers of a decision's commit, in order.

    `command` where a person gave one: its `by` becomes `Gate-By`. `Gate-Key` (model/digest/weight) is the
    same for a decision made twice, so that a second one is recognised.
    """
    version = decision.version
    values = {
        "Gate-Model": decision.release.model,
        "Gate-Environment": decision.release.environment,
        "Gate-Decision": decision.kind,
        "Gate-Weight": f"{decision.before.weight} -> {decision.release.weight}",
    }
    if version is not None:
        values["Gate-Version"] = str(version.version)
        values["Gate-Key"] = f"{decision.release.model}/{version.digest}/{decision.release.weight}"
    if command is not None and command.by is not None:
        values["Gate-By"] = command.by
    values["Gate-Evidence"] = evidence_digest
    return values


def parse(text: str) -> Mapping[str, str] | None:
    """Read the gate's trailers of a commit message; None when it is not one of the gate's.

    The text may come from anyone: only the last paragraph counts, all its lines must be trailers, none of
    the gate's may come twice or be unknown, and each must have its pattern. That does not show that it is
    genuine: a decision is genuine when its evidence is.
    """
    paragraphs = re.split(r"\n[ \t]*\n", text.rstrip("\n"))
    if len(paragraphs) < 2:
        return None
    values: dict[str, str] = {}
    for line in paragraphs[-1].split("\n"):
        match = _LINE.fullmatch(line)
        if match is None:
            return None
        key = match["key"]
        value = match["value"]
        if not key.lower().startswith("gate-"):
            continue
        if key in values or not _valid(key, value):
            return None
        values[key] = value
    return values if all(key in values for key in _REQUIRED) else None


def claims(text: str) -> bool:
    """Whether any line looks like one of the gate's own trailers, wherever it stands in a message.

    Less strict than `parse`: a merge that squashes puts the messages of several commits into one.
    """
    lines = (line.strip().lower() for line in text.splitlines())
    return any(line.startswith(tuple(f"{key.lower()}:" for key in _PATTERNS)) for line in lines)


def _valid(key: str, value: str) -> bool:
    pattern = _PATTERNS.get(key)
    if pattern is None or not pattern.fullmatch(value):
        return False
    return _LINE.fullmatch(f"{key}: {value}") is not None


def _subject(decision: Decision, command: Command | None) -> str:
    release = decision.release
    adopted = command is not None and command.name == "adopt"
    what = f"edited state adopted at {release.weight} %" if adopted else _what(decision)
    line = _one_line(f"{release.model} in {release.environment}: {what}")
    return line if len(line) <= SUBJECT else line[: SUBJECT - 1] + "…"


def _what(decision: Decision) -> str:
    before = decision.before
    after = decision.release
    version = decision.version
    number = f"version {version.version}" if version is not None else "no version"
    if decision.kind == "rollback":
        return f"{number} rolled back" + (f" from {before.weight} %" if before.canary is not None else "")
    if decision.kind == "finish":
        return f"{number} is stable"
    if decision.kind == "hold" and after.weight < before.weight:
        return f"{number} suspended, {before.weight} % -> {after.weight} %"
    if decision.kind == "hold":
        return f"held at {after.weight} %" if after.canary is not None else "held"
    if decision.kind == "advance":
        return _what_advances(before, after, number)
    return _what_waits(before, after)


def _what_advances(before: Release, after: Release, number: str) -> str:
    hotfix = "hotfix: " if after.hotfix is not None else ""
    if after.canary == before.canary:
        return f"{hotfix}{before.weight} % -> {after.weight} %"
    replaced = "" if before.canary is None else f" in place of version {before.canary.version}"
    return f"{hotfix}{number} starts dark{replaced}"


def _what_waits(before: Release, after: Release) -> str:
    if before.hold is not None and after.hold is None:
        return "hold released"
    if len(after.rejected) < len(before.rejected):
        return "rejected version may start again"
    if after.approved is not None and after.approved != before.approved:
        return f"{after.approved} % approved"
    return f"waits at {after.weight} %"


def _one_line(text: str) -> str:
    """Whitespace and control characters as single spaces: no reason can pass for a trailer or a paragraph."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]", " ", text).split())
