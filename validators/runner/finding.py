"""What a check reports, and the report of a whole run. Renderings only show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sluicegate.specs.yamlio import Problem


class Verdict(StrEnum):
    """The verdicts of a finding, from best to worst; `Verdict.of` makes a model's from those of its findings.

    `skipped` was not compared for a declared reason (no production yet, left out by --check); `waived` is a
    fail or inconclusive that a person accepted.
    """

    PASS = "pass"  # noqa: S105
    SKIPPED = "skipped"
    WAIVED = "waived"
    INCONCLUSIVE = "inconclusive"
    FAIL = "fail"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """0 for the best, 5 for the worst."""
        return list(Verdict).index(self)

    @classmethod
    def of(cls, verdicts: Iterable[Verdict]) -> Verdict:
        """The worst of them; pass where all others were skipped, and skipped only where all were.

        Of none at all: error, since nothing was judged.
        """
        found = set(verdicts)
        worst = max(found, key=lambda verdict: verdict.rank, default=Verdict.ERROR)
        return Verdict.PASS if worst is Verdict.SKIPPED and Verdict.PASS in found else worst

    @property
    def good(self) -> bool:
        """Whether it stops nothing."""
        return self in (Verdict.PASS, Verdict.SKIPPED, Verdict.WAIVED)


@dataclass(frozen=True)
class Finding:
    """One answer of one check, about the model named or, where none is, about the repository.

    `observed`, `threshold` and `production` are numbers in the check's own unit, which `message` names;
    `interval` is (lower, upper) of `observed` in the same unit, `production_interval` that of `production`.
    `part` names what of the model it is of, where a check shows one figure for each: a column, a segment.
    `path` is relative to the repository's root.
    """

    check: str
    verdict: Verdict
    message: str
    model: str = ""
    path: str | None = None
    line: int | None = None
    column: int | None = None
    observed: float | str | None = None
    interval: tuple[float, float] | None = None
    threshold: float | str | None = None
    production: float | str | None = None
    remedy: str | None = None
    part: str | None = None
    production_interval: tuple[float, float] | None = None
    tool: str | None = None
    """The program or library that this machine lacks, where that is why nothing was judged."""
    diff: tuple[str, ...] = ()
    """Lines of a diff of what would be applied, where the finding is about that; secrets are masked in it."""
    graph: tuple[tuple[str, str], ...] = ()
    """A picture's arrows from box to box: words after a sign, `+` for new, `-` for gone, or a space."""


@dataclass(frozen=True)
class Position:
    """Where a finding points: a path relative to the repository's root, 1-based line and column."""

    path: str | None = None
    line: int | None = None
    column: int | None = None


def _finding(verdict: Verdict, message: str, at: Position | None, **more: Any) -> Finding:
    at = at or Position()
    return Finding("", verdict, message, path=at.path, line=at.line, column=at.column, **more)


def fail(message: str, at: Position | None = None, **more: Any) -> Finding:
    """The model is refused for this."""
    return _finding(Verdict.FAIL, message, at, **more)


def passed(message: str, at: Position | None = None, **more: Any) -> Finding:
    """Judged, and good."""
    return _finding(Verdict.PASS, message, at, **more)


def inconclusive(message: str, at: Position | None = None, **more: Any) -> Finding:
    """Judged, and the data do not suffice to say."""
    return _finding(Verdict.INCONCLUSIVE, message, at, **more)


def skipped(message: str, at: Position | None = None, **more: Any) -> Finding:
    """Not compared, for a declared reason that the message names; what a person excuses is `waived`."""
    return _finding(Verdict.SKIPPED, message, at, **more)


def waived(message: str, at: Position | None = None, **more: Any) -> Finding:
    """Found bad, and accepted by a person in so many words, which the message has."""
    return _finding(Verdict.WAIVED, message, at, **more)


def error(message: str, at: Position | None = None, **more: Any) -> Finding:
    """Could not be judged: the check or its input broke. Never a pass."""
    return _finding(Verdict.ERROR, message, at, **more)


def refused(problem: Problem, prefix: str = "") -> Finding:
    """The fail that a file's problem is, where it is; `prefix` says what for."""
    where = f"{problem.where}: " if problem.where else ""
    position = Position(problem.path, problem.line, problem.column)
    return fail(f"{prefix}{where}{problem.message}", position, remedy=problem.remedy)


@dataclass(frozen=True)
class FromCache:
    """What of one model was not judged anew: the same inputs were judged before."""

    checks: tuple[str, ...]
    judged: datetime
    """When the oldest of these findings was made."""


@dataclass(frozen=True)
class Report:
    """What a run of `sluice validate` found: all that any rendering shows."""

    findings: tuple[Finding, ...]
    seconds: float
    head: str | None = None
    """The commit judged, when it was one."""
    notes: tuple[str, ...] = ()
    """What line 1 must say: how untrusted code was limited, whether the pull request changes its own exam."""
    models: Mapping[str, Verdict] = field(default_factory=dict)
    versions: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)
    """(production's version, the judged version) by model, for the report's table."""
    base: str | None = None
    """The commit that the head was compared with, where there was one."""
    contents: Mapping[str, str] = field(default_factory=dict)
    """By model: the git tree of its directory at the head, which is what the verdict is of."""
    checks: tuple[str, ...] = ()
    """Ids of the checks that were run."""
    code: str = ""
    """The version of the code that judged."""
    judge: str = ""
    """The digest of what judged in the contained child: code, packages, machine (`cache_key.py`)."""
    cached: Mapping[str, FromCache] = field(default_factory=dict)
    """By model: what came from the result cache."""
    left_out: tuple[str, ...] = ()
    """What the run left out, in phrases: checks by --check, what needs an absent tool, models not named."""

    @property
    def verdict(self) -> Verdict:
        """That of all findings together."""
        return Verdict.of(finding.verdict for finding in self.findings)

    @property
    def complete(self) -> bool:
        """Whether everything was judged that a change has to pass: a partial run vouches for nothing."""
        return not self.left_out
