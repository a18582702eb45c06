"""Where a monotone function crosses 0: the point that halving an interval would find, in fewer tests.

A false-position search that keeps both sides (Anderson and Björck 1973), on the points that halving can
reach. Its steps are taken on a scale that is finer near 0, where differences of rates are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import asinh, isfinite, nan, sinh

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Kinds = npt.NDArray[np.intp]
"""(n,): numbers of kinds."""

FINE = 1e-3
"""Up to about here the scale is linear, and logarithmic beyond."""
PATIENCE = 3
"""After so many tests that did not quarter what is left of the scale, the next one halves it."""


def crossing(excess: Callable[[Array], Array], kinds: int, outside: float, halvings: int) -> Array:
    """(kinds,): the last point, going from `outside` to its opposite, at which `excess` is 0 or more.

    `outside` is 1 or -1, where it is taken to be; at the other end it is taken not to be. `excess` gets a
    point for each kind and never rises on the way. Points are 2 / 2**halvings apart.
    """
    searches = [_Search(outside, 2**halvings, beyond=2**halvings) for _ in range(kinds)]
    while any(search.is_open for search in searches):
        numbers = [search.next() for search in searches]
        points = np.array([search.point(number) for search, number in zip(searches, numbers, strict=True)])
        for search, number, value in zip(searches, numbers, excess(points).tolist(), strict=True):
            search.note(number, value)
    return np.array([search.point(search.inside) for search in searches])


def first_to_cross(
    excess: Callable[[Array, Kinds], Array],
    kinds: int,
    outside: float,
    halvings: int,
    most: int | None = None,
) -> tuple[int, Kinds]:
    """The least number of a point behind which `excess` of any kind falls below 0, and the kinds it is of.

    As `crossing`, for all kinds in one search: a kind that is 0 or more where another is not is left out from
    there on. `excess` gets one point and the numbers of the kinds that are still in question. Kinds that
    cross behind the point number `most` are not looked for: there may be none before it.
    """
    search = _Search(outside, 2**halvings, beyond=2**halvings)
    left: Kinds = np.arange(kinds)
    if most is not None and most + 1 < search.beyond:
        left = _fallen(search, most + 1, excess, left)
        if search.inside > most:
            return search.inside, left[:0]
    while search.is_open:
        left = _fallen(search, search.next(), excess, left)
    return search.inside, left


def _fallen(search: _Search, number: int, excess: Callable[[Array, Kinds], Array], kinds: Kinds) -> Kinds:
    """Test a point: the kinds whose crossing is before it, all where that is none."""
    found = excess(np.array([search.point(number)]), kinds)
    search.note(number, float(found.min()))
    fallen: Kinds = kinds[~(found >= 0)]
    return fallen if len(fallen) else kinds


@dataclass
class _Search:
    """One kind's: the crossing is behind the point `inside`, and at `beyond` or before it."""

    outside: float
    steps: int
    """The number of the last point; `outside` is number 0."""
    beyond: int
    inside: int = 0
    at_inside: float = nan
    at_beyond: float = nan
    last: bool | None = None
    """Whether the test before this one moved `inside`."""
    lengths: list[float] = field(default_factory=list)
    """What was left before each test since one halved it, on the fine scale."""

    @property
    def is_open(self) -> bool:
        """Whether there is a point between the two."""
        return self.beyond - self.inside > 1

    def point(self, number: int) -> float:
        """Exact: the number of points is a power of two."""
        return self.outside - 2 * self.outside * number / self.steps

    def next(self) -> int:
        """The number of the next point: where a line through both ends crosses 0, on the fine scale."""
        if not self.is_open:
            return self.inside
        first, last = (asinh(self.point(number) / FINE) for number in (self.inside, self.beyond))
        point = FINE * sinh(first + (last - first) * self._share(abs(last - first)))
        number = round((self.outside - point) / (2 * self.outside) * self.steps)
        return min(max(number, self.inside + 1), self.beyond - 1)

    def _share(self, left: float) -> float:
        """How far to go of what is left; half of it without values, or where the line was of little use."""
        self.lengths.append(left)
        if len(self.lengths) > PATIENCE and left > self.lengths[-1 - PATIENCE] / 4:
            self.lengths.clear()
            return 0.5
        fall = self.at_inside - self.at_beyond
        share = self.at_inside / fall if fall else nan
        return share if isfinite(share) and 0 < share < 1 else 0.5

    def note(self, number: int, value: float) -> None:
        """Take what was found; an end that stays twice counts less, so that the next test falls near it."""
        if not self.is_open:
            return
        holds = value >= 0
        less = _less(self.at_inside if holds else self.at_beyond, value) if self.last is holds else 1.0
        self.last = holds
        if holds:
            self.inside, self.at_inside = number, value
            self.at_beyond *= less
        else:
            self.beyond, self.at_beyond = number, value
            self.at_inside *= less


def _less(before: float, now: float) -> float:
    """By what the value of the end that stays is multiplied: by how much the other one's fell, or half."""
    ratio = now / before if isfinite(before) and before else nan
    return 1 - ratio if 0 < ratio < 1 else 0.5
