"""No verdict, no release: a version starts only when the content that was merged was judged, and found good.

What was seen of its verdict comes from outside, as every observation; here is what follows from it. A version
that runs, and a rollback, need none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

JudgedAs = Literal["pass", "waived", "none"]
"""`none`: no verdict that counts is known, whatever the cause."""


@dataclass(frozen=True)
class Judged:
    """What is known of the verdict of the version that would start."""

    verdict: JudgedAs
    reason: str
    """Where the verdict is from, or why there is none and what helps; in words."""
    content: str | None = None
    """The git tree of the model's directory that was judged."""
    commit: str | None = None
    """The commit at which it was judged."""
    record: str | None = None
    """The digest (`sha256:...`) of the recorded verdict; None for the word of another system."""
    overridden: tuple[str, ...] = field(default=(), metadata={"optional": True})
    """What was found bad and accepted by a person, each in words."""
    asking: bool = field(default=False, metadata={"optional": True})
    """Whether an answer is on its way, so that nobody has to see to it yet."""

    @property
    def counts(self) -> bool:
        """Whether a version may start on it."""
        return self.verdict != "none"


def unjudged(judged: Judged | None, version: int) -> str | None:
    """Why a version has to wait for its verdict; None where it has one, or where none is required."""
    if judged is None or judged.counts:
        return None
    return f"version {version} waits for a verdict: {judged.reason}"


def on_what(judged: Judged | None) -> str:
    """What was overridden in the verdict that a start rests on, to follow the words that say it starts."""
    if judged is None or judged.verdict != "waived":
        return ""
    return f"; its verdict is waived: {'; '.join(judged.overridden) or judged.reason}"
