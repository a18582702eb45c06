"""What a rule finds, and how many of one kind are shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

SHOWN = 5
"""Faults of one kind that are shown one by one."""


SomeFault = TypeVar("SomeFault", bound="Fault")


@dataclass(frozen=True)
class Fault:
    """A fault in words, its kind, and what to do about it; `refuses` is False for what is only reported."""

    kind: str
    words: str
    remedy: str | None = None
    refuses: bool = True


def grouped(faults: Iterable[SomeFault], shown: int = SHOWN) -> Iterator[SomeFault]:
    """The first of each kind; the last that is shown says how many more there are."""
    every = list(faults)
    totals = Counter(fault.kind for fault in every)
    seen: Counter[str] = Counter()
    for fault in every:
        seen[fault.kind] += 1
        more = totals[fault.kind] - shown
        if seen[fault.kind] == shown and more > 0:
            yield replace(fault, words=f"{fault.words}, and {more:,} more")
        elif seen[fault.kind] <= shown:
            yield fault
