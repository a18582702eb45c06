"""Many writers, one branch: after a lost race read and decide again, when others are likely not to."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

from sluicegate.gate.adapters.git.command import RaceLost
from sluicegate.gate.adapters.git.repository import Repository

logger = logging.getLogger(__name__)

ATTEMPTS = 10
"""How often a lost race is read and decided again before it is given up."""
LONGEST_PAUSE = 10.0
"""Seconds at most between two attempts of what may lower a risk: as long as a window of figures."""
MOST_DOUBLINGS = 5
"""How often the pause of what can wait is doubled at most.

Then it is up to 32 attempts long, 16 on average: of 32 writers about two try at a time.
"""
T = TypeVar("T")
_Longest = Callable[[int, float], float]
"""(number of the lost attempt, seconds that it took) -> seconds that the next one waits at most."""


def until_won(attempt: Callable[[], T]) -> T:
    """Try, and after a lost race read and decide again: never only repeat the push.

    In between it waits, by chance and longer each time, in proportion to what an attempt takes: of many that
    begin again at once, each makes all the others lose. Never longer than LONGEST_PAUSE, for the next attempt
    may be the one that finds harm. Raises RaceLost after ATTEMPTS, and what the attempt raises.
    """
    return _until_won(attempt, lambda number, took: min(LONGEST_PAUSE, took * 2**number))


def until_its_turn(repository: Repository, attempt: Callable[[], T]) -> T:
    """`until_won` for what only raises traffic: nobody is harmed while it makes room for others.

    Truncated exponential back-off with full jitter, whose limit is a number of attempts and not of seconds:
    with a limit in seconds, writers on a busy machine, whose attempts take long, all try at once. What the
    last races of this repository were like is remembered, so a crowd is not discovered anew by each writing;
    the first attempt never waits.
    """

    def longest(_: int, took: float) -> float:
        repository.doublings = min(MOST_DOUBLINGS, repository.doublings + 1)
        return took * float(1 << repository.doublings)

    won = _until_won(attempt, longest)
    repository.doublings = max(0, repository.doublings - 1)
    return won


def _until_won(attempt: Callable[[], T], longest: _Longest) -> T:
    for number in range(1, ATTEMPTS):
        began = monotonic()
        try:
            return attempt()
        except RaceLost as error:
            logger.info("attempt %d of %d: %s", number, ATTEMPTS, error)
        sleep(random.uniform(0, longest(number, monotonic() - began)))  # noqa: S311 - nothing secret
    return attempt()
