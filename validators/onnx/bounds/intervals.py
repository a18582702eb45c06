"""Intervals of numbers, and what is known of a tensor: bounds of its dimensions and of its values."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

MAX_VALUES = 256
"""Values of one tensor that are followed; longer ones are no shapes."""
MAX_RANK = 64
LARGEST = 1 << 256
"""Beyond this all numbers are the same: a graph can square one sixty times."""


class Interval(NamedTuple):
    """A number between two others, either of which may be infinite."""

    low: float
    high: float

    @property
    def exact(self) -> bool:
        """Whether it is one number."""
        return self.low == self.high


ANY = Interval(-math.inf, math.inf)
DIMENSION = Interval(1, math.inf)
"""A length that the request decides: at least one row is sent."""


def exactly(number: float) -> Interval:
    """The interval of one number; of one that is not, every number."""
    if isinstance(number, float) and math.isnan(number):
        return ANY
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    return Interval(number, number) if abs(number) <= LARGEST else ANY


@dataclass(frozen=True)
class Known:
    """What is known of a tensor; None for what is not."""

    shape: tuple[Interval, ...] | None = None
    values: tuple[Interval, ...] | None = None
    fewest: int = 1
    """The fewest elements of a tensor whose shape is not known, or of a sequence together."""
    characters: int = 0
    """Of each text, where it holds texts: the fewest, if none is empty from which they are made."""

    @property
    def least(self) -> int:
        """The fewest elements that it can have."""
        if self.shape is None or len(self.shape) > MAX_RANK:
            return self.fewest
        return math.prod(_whole(dimension.low) for dimension in self.shape)

    @property
    def single(self) -> Interval | None:
        """Its one value, where it has one that is known."""
        return self.values[0] if self.values is not None and len(self.values) == 1 else None


UNKNOWN = Known()


def _whole(low: float) -> int:
    return max(0, math.ceil(low)) if math.isfinite(low) else 0


def of_values(values: Sequence[Interval], *, scalar: bool = False) -> Known:
    """A tensor of these values, of rank 1 or, if it is one, a scalar."""
    shape = () if scalar else (exactly(len(values)),)
    return Known(shape, tuple(values) if len(values) <= MAX_VALUES else None)


def dimension(value: Interval) -> Interval:
    """A value that is taken as a length."""
    return Interval(max(value.low, 0), max(value.high, 0))


def arithmetic(operation: Callable[[float, float], float], one: Interval, other: Interval) -> Interval:
    """What an operation that is monotone in each argument makes of two intervals."""
    corners = []
    for left in one:
        for right in other:
            try:
                corner = operation(left, right)
            except (ArithmeticError, ValueError):
                return ANY
            if math.isnan(corner) or (math.isfinite(corner) and abs(corner) > LARGEST):
                return ANY
            corners.append(corner)
    return Interval(min(corners), max(corners))


def broadcast(shapes: Sequence[tuple[Interval, ...] | None]) -> tuple[Interval, ...] | None:
    """The shape that these have together, dimension by dimension the longest."""
    known = [shape for shape in shapes if shape is not None]
    if not known:
        return None
    rows = zip_longest(*(reversed(shape) for shape in known), fillvalue=exactly(1))
    together = [Interval(max(one.low for one in row), max(one.high for one in row)) for row in rows]
    return tuple(reversed(together))


def plus(one: Interval, other: Interval) -> Interval:
    """Their sum: both ends added."""
    return Interval(one.low + other.low, one.high + other.high)
