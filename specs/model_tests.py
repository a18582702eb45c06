"""`tests` of model.yaml: what an owner expects of single answers, beside the figures of `quality`.

The kinds are those of behavioural testing (Ribeiro et al., "Beyond Accuracy: Behavioral Testing of NLP Models
with CheckList", ACL 2020): golden rows are its minimum functionality tests, the others its invariance and
directional expectation tests. What must be answered at all is what a server meets: extremes and gaps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from sluicegate.specs.model import Column
from sluicegate.specs.values import ClassName, RelativePath, Text

MOST_ROWS = 10_000
Value = ClassName | None | tuple[ClassName | None, ...]
"""One value of a column; null is a missing one, a list fills a column of lists."""
Row = Annotated[Mapping[str, Value], Field(min_length=1)]
RowCount = Annotated[
    int,
    Field(ge=1, le=MOST_ROWS, description="rows of the evaluation set, taken from all of it evenly"),
]
Tolerance = Annotated[float, Field(ge=0)]
Share = Annotated[
    float, Field(gt=0, le=1, description="the least share of the rows on which it holds; 1 is all of them")
]


@dataclass(frozen=True)
class Change:
    """What is done to a column of each row: one of `add`, `multiply` and `to`."""

    column: Text
    """One that the model takes."""
    add: float | None = None
    multiply: float | None = None
    to: Annotated[tuple[Value, ...], Field(min_length=1, max_length=100)] | None = None
    """Each row is answered with each of these values in the column's place."""

    def __post_init__(self) -> None:
        """Raises ValueError unless one change is named."""
        if (self.add, self.multiply, self.to).count(None) != 2:
            raise ValueError("should name one of add, multiply and to")
        if self.add == 0 or self.multiply == 1:
            raise ValueError("should change the column")


@dataclass(frozen=True)
class Golden:
    """Rows whose answers are known: one here (`inputs`, `expect`), or a file of them."""

    name: Text
    file: RelativePath | None = None
    """A table of the model's directory: its inputs' columns, and `expected.OUTPUT` for each known output."""
    inputs: Row | None = None
    """The value of each column that the model takes."""
    expect: Row | None = None
    """The value of each known output, by its name, or by `OUTPUT[0]` where only one number is known."""
    tolerance: Tolerance = 1e-4
    """How far an answer may be from a known number."""
    relative: Tolerance = 0.0
    """The same as a share of the known number; both are added."""

    def __post_init__(self) -> None:
        """Raises ValueError unless there is a file, or else both parts of one row."""
        here = self.inputs is not None and self.expect is not None
        if here == (self.file is not None) or (self.inputs is None) != (self.expect is None):
            raise ValueError("should name a file, or inputs and expect")


@dataclass(frozen=True)
class Invariance:
    """Changing a column does not change the answer."""

    name: Text
    change: Change
    rows: RowCount = 200
    same: Literal["score", "decision"] = "score"
    """What stays: every number that is judged, or only what is decided by them."""
    tolerance: Tolerance = 1e-6
    """How far a score may move."""
    share: Share = 1.0


@dataclass(frozen=True)
class Direction:
    """Changing a column moves the score one way."""

    name: Text
    change: Change
    """With `to`, at least two values: from each to the next the score moves that way."""
    score: Literal["rises", "falls", "does-not-rise", "does-not-fall"]
    rows: RowCount = 200
    class_: Annotated[ClassName | None, Field(alias="class")] = None
    """Whose number moves, where the model gives one for each class."""
    number: Column | None = None
    """Which number of a row moves, from 0, where it has several and no classes."""
    tolerance: Tolerance = 0.0
    """How far it must rise or fall at least; how far it may go the other way where it only does not."""
    share: Share = 1.0

    def __post_init__(self) -> None:
        """Raises ValueError where the number is named twice, or nothing moves."""
        if self.class_ is not None and self.number is not None:
            raise ValueError("should name class or number, not both")
        if self.change.to is not None and len(self.change.to) < 2:
            raise ValueError("should change to two values at least: the score moves from one to the next")


@dataclass(frozen=True)
class MustAnswer:
    """What is answered with finite numbers, whatever they are: a row, or changed evaluation rows."""

    name: Text
    inputs: Row | None = None
    """The value of each column that the model takes."""
    change: Change | None = None
    rows: RowCount = 50

    def __post_init__(self) -> None:
        """Raises ValueError unless there is either a row or a change."""
        if (self.inputs is None) == (self.change is None):
            raise ValueError("should name inputs or change")


Expectation = Golden | Invariance | Direction | MustAnswer


@dataclass(frozen=True)
class ModelTests:
    """What the owner expects of single answers; each has a name of its own."""

    golden: tuple[Golden, ...] = ()
    """Rows whose answers are known."""
    invariant: tuple[Invariance, ...] = ()
    """Changes that do not change the answer."""
    directional: tuple[Direction, ...] = ()
    """Changes that move the score one way."""
    must_answer: tuple[MustAnswer, ...] = ()
    """Rows that are answered with finite numbers."""

    def each(self) -> Iterator[tuple[str, int, Expectation]]:
        """Every expectation, with its kind and its number among those of its kind, from 0."""
        for kind in ("golden", "invariant", "directional", "must_answer"):
            for number, one in enumerate(getattr(self, kind)):
                yield kind, number, one

    def lasting(self) -> ModelTests:
        """Those that hold for later versions as well: a golden row is one version's answer."""
        return ModelTests(
            invariant=self.invariant, directional=self.directional, must_answer=self.must_answer
        )
