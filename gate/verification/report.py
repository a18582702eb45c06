"""What a verification finds, as plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

FindingKind = Literal[
    "no-decision",
    "other-files",
    "evidence-missing",
    "record-missing",
    "record-edited",
    "record-unreadable",
    "not-signed",
    "untrusted-key",
    "keys-unreadable",
    "keys-removed",
    "earlier-rule",
    "other-release",
    "other-trailers",
    "other-parent",
    "other-before",
    "other-after",
    "other-policy",
    "other-version",
    "other-decision",
    "other-verdict",
    "not-approved",
    "order",
    "chain",
    "evidence-rewritten",
]
"""What is not as it says; the words that `--json` has."""

Mismatch = tuple[FindingKind, str]
"""What is not as it says, and a sentence about the decision."""


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it says."""

    kind: FindingKind
    problem: str
    """A sentence without its full stop."""
    remedy: str
    commit: str | None = None
    """The commit, of main or of the evidence."""
    file: str | None = None
    """The file of that commit."""
    record: str | None = None
    """The path of the record on the evidence branch."""


@dataclass(frozen=True)
class Note:
    """Something that a reader should know and that stops nothing: keys that changed, an adopted edit."""

    commit: str
    text: str


@dataclass
class Report:
    """What was verified, and what was found, oldest first."""

    main: str
    evidence: str | None
    commits: int = 0
    """Commits of main that were read."""
    decisions: int = 0
    replayed: int = 0
    """Decisions that were made again from their record, with the same result."""
    earlier: int = 0
    """Decisions by an earlier rule: digest, chain and trailers hold, and they are not replayed."""
    signed: int = 0
    """Decisions whose record is signed by a trusted key."""
    judged: int = 0
    """Versions that started on a verdict which a trusted key signed."""
    on_word: int = 0
    """Versions that started on the word of another system, as a commit status: not verified here."""
    unjudged: int = 0
    """Versions that started before verdicts were required."""
    reviews: int = 0
    """What people approved or overrode."""
    orphans: tuple[str, ...] = ()
    """Records whose decision never reached main, by path: the gate was ended between two pushes of one."""
    notes: list[Note] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether everything is as it says."""
        return not self.findings

    def plain(self) -> dict[str, Any]:
        """JSON values."""
        return {"sound": self.sound, **asdict(self)}
