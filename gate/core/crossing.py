"""Where a monotone function crosses 0: the point that halving an interval would find, in fewer tests.

A false-position search that keeps both sides (Dowell and Jarratt 1971, the Illinois rule), on the points
that halving can reach. Its steps are taken on a scale that is finer near 0, where differences of rates are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import asinh, isfinite, nan, sinh

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

FINE = 1e-3
"""Up to about here the scale is linear, and logarithmic beyond."""
HALVED = 5
"""Every so manyth test halves what is left: no function takes more than so many times as many tests."""


def crossing(excess: Callable[[Array], Array], kinds: int, outside: float, halvings: int) -> Array:
    """(kinds,): the last point, going from `outside` to its opposite, at which `excess` is 0 or more.

    `outside` is 1 or -1, where it is taken to be; at the other end it is taken not to be. `excess` gets a
    point for each kind and never rises on the way. Points are 2 / 2**halvings apart.
    """
    searches = [_Search(outside, 2**halvings, beyond=2**halvings) for _ in range(kinds)]
    tests = 0
    while any(search.is_open for search in searches):
        tests += 1
        numbers = [search.middle if tests % HALVED == 0 else search.guess() for search in searches]
        points = np.array([search.point(number) for search, number in zip(searches, numbers, strict=True)])
        found = np.broadcast_to(excess(points), kinds).tolist()
        for search, number, value in zip(searches, numbers, found, strict=True):
            search.note(number, value)
    return np.array([search.point(search.inside) for search in searches])


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

    @property
    def is_open(self) -> bool:
        """Whether there is a point between the two."""
        return self.beyond - self.inside > 1

    @property
    def middle(self) -> int:
        """The number half way."""
        return (self.inside + self.beyond) // 2

    def point(self, number: int) -> float:
        """Exact: the number of points is a power of two."""
        return self.outside - 2 * self.outside * number / self.steps

    def guess(self) -> int:
        """The number where a line through both ends crosses 0, on the fine scale; half way without values."""
        if not self.is_open:
            return self.inside
        first, last = (asinh(self.point(number) / FINE) for number in (self.inside, self.beyond))
        fall = self.at_inside - self.at_beyond
        share = self.at_inside / fall if fall else nan
        if not (isfinite(share) and 0 < share < 1):
            share = 0.5
        point = FINE * sinh(first + (last - first) * share)
        number = round((self.outside - point) / (2 * self.outside) * self.steps)
        return min(max(number, self.inside + 1), self.beyond - 1)

    def note(self, number: int, value: float) -> None:
        """Take what was found; an end that stays twice counts half, so that the next test falls near it."""
        if not self.is_open:
            return
        holds = value >= 0
        stays_again = self.last is holds
        self.last = holds
        if holds:
            self.inside, self.at_inside = number, value
            self.at_beyond /= 2 if stays_again else 1
        else:
            self.beyond, self.at_beyond = number, value
            self.at_inside /= 2 if stays_again else 1
