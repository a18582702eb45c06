"""Which columns of a table hold secrets or a person's data, and in how many values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sluicegate.validators.evaluation.text_columns import extent, pieces
from sluicegate.validators.submission.secrets import (
    card_numbers_in,
    except_cards,
    secrets_in,
)

CARD = "a card number"
FEWEST_PLAIN = 3
"""Different numbers without separators that are called cards': one in ten of any numbers looks right."""


@dataclass(frozen=True)
class Held:
    """A kind of secret or personal data in a column; never a value of it."""

    column: str
    kind: str
    secret: bool
    values: int
    """How many of the values that were looked at hold it."""


@dataclass
class _Column:
    """What was counted of a column."""

    kinds: Counter[tuple[str, bool]] = field(default_factory=Counter)
    like_cards: int = 0
    """Numbers that a card could have."""
    cards: int = 0
    """Those whose check digit is right."""
    different: set[str] = field(default_factory=set)
    """Some of the cards."""

    def look(self, texts: Iterable[str]) -> None:
        """Count what these values hold."""
        counts = Counter(texts)
        together = "\n".join(counts)
        # Both is searched for in all texts at once first: hardly a column holds any.
        if any(secrets_in(together)) or any(except_cards(together)):
            for text, times in counts.items():
                self.kinds.update({(kind, True): times for kind in secrets_in(text)})
                self.kinds.update({(kind, False): times for kind in except_cards(text)})
        for number, right in card_numbers_in(together):
            self.like_cards += 1
            self.cards += right
            if right and len(self.different) < FEWEST_PLAIN:
                self.different.add(number)

    def held(self, name: str) -> Iterator[Held]:
        """What it holds, by kind."""
        for (kind, secret), values in self.kinds.items():
            yield Held(name, kind, secret, values)
        written_so = any(not number.isdigit() for number in self.different)
        enough = written_so or len(self.different) == FEWEST_PLAIN
        if enough and self.cards > self.like_cards / 2:
            yield Held(name, CARD, secret=False, values=self.cards)


@dataclass(frozen=True)
class Looked:
    """What a table holds, and how much of it was read: empty where that is all."""

    held: tuple[Held, ...]
    part: str


def look(path: Path) -> Looked:
    """Look through a table. Raises OSError, ArrowException and ValueError for what cannot be read.

    Numbers count as cards' where most of a column's are: of any others one in ten has a right check digit.
    """
    columns: dict[str, _Column] = {}
    for piece in pieces(path):
        _look_at(piece, columns)
    held = [one for name, column in columns.items() for one in column.held(name)]
    return Looked(tuple(held), extent(path).words)


def _look_at(piece: Mapping[str, list[str]], columns: dict[str, _Column]) -> None:
    for name, texts in piece.items():
        columns.setdefault(name, _Column()).look(texts)
