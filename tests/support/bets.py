"""The betting game written out again, request by request and in closed form, for tests to compare with.

From the formulas of the paper (Waudby-Smith and Ramdas 2024) and the rule alone; nothing of the code under
test is imported. A window is what happened in it: failures and other requests on the canary, then on stable.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

GRID = tuple(10 ** (-4 + i * (math.log10(0.95) + 4) / 39) for i in range(40))
"""Stakes, evenly spaced by their logarithm from 1e-4 to 0.95."""
SHARES = tuple(math.sqrt(c) / sum(math.sqrt(c) for c in GRID) for c in GRID)
"""What each stake begins with."""


@dataclass(frozen=True)
class Seen:
    """One window, or a sum of windows, at a canary's share of the requests."""

    share: float
    bad_canary: int = 0
    good_canary: int = 0
    bad_stable: int = 0
    good_stable: int = 0
    capped: bool = True

    def outcomes(self, centre: float) -> tuple[tuple[int, float], ...]:
        """How many requests had which value Z."""
        up, down = 1 / self.share, -1 / (1 - self.share)
        return (
            (self.bad_canary, (1 - centre) * up),
            (self.good_canary, (0 - centre) * up),
            (self.bad_stable, (1 - centre) * down),
            (self.good_stable, (0 - centre) * down),
        )

    def requests(self, centre: float) -> Iterator[float]:
        """The value Z of every request, one by one."""
        for number, value in self.outcomes(centre):
            yield from [value] * number

    def stake(self, c: float, m: float, centre: float, *, above: bool) -> float:
        """The bet is lost entirely at c = 1 by the outcome that loses most."""
        values = [value for _, value in self.outcomes(centre)]
        return c / (max(values) - min(m, 0.0)) if above else c / (m - min(values))


def by_request(
    history: Sequence[Seen], m: float, cap: float, *, above: bool, centres: Sequence[float] = (0.0,)
) -> float:
    """The e-value against "the mean is m or more" (`above`) or "m or less": products over requests."""
    total = 0.0
    for centre in centres:
        for c, purse in zip(GRID, SHARES, strict=True):
            for seen in history:
                stake = seen.stake(c, m, centre, above=above)
                factor = 1.0
                for z in seen.requests(centre):
                    factor *= 1 + stake * (m - z) if above else 1 + stake * (z - m)
                purse *= min(factor, cap) if seen.capped else factor
            total += purse / len(centres)
    return total


def log_by_counts(
    history: Sequence[Seen], m: float, cap: float, *, above: bool, centres: Sequence[float] = (0.0,)
) -> float:
    """The logarithm of the same, from counts; for as many requests as one likes."""
    wealth = []
    for centre in centres:
        for c, share in zip(GRID, SHARES, strict=True):
            log_purse = math.log(share / len(centres))
            for seen in history:
                stake = seen.stake(c, m, centre, above=above)
                factor = sum(
                    number * math.log1p(stake * ((m - z) if above else (z - m)))
                    for number, z in seen.outcomes(centre)
                )
                log_purse += min(factor, math.log(cap)) if seen.capped else factor
            wealth.append(log_purse)
    largest = max(wealth)
    return largest + math.log(sum(math.exp(one - largest) for one in wealth))


def log_with_restarts(
    steps: Sequence[Sequence[Seen]],
    m: float,
    cap: float,
    *,
    above: bool,
    centres: Sequence[float] = (0.0,),
    running: bool = True,
) -> float:
    """The same where 3/4 is laid at the first request and the rest on beginning anew, as docs/gate.md says.

    Each step is its windows; the last may be running, and then money is laid on each of its windows.
    """
    money = [(0.75, list(chain.from_iterable(steps)))]
    for step in range(1, len(steps)):
        money.append((0.05 / (step * (step + 1)), list(chain.from_iterable(steps[step:]))))
    last = len(steps) - 1
    windows = [seen for seen in steps[-1] if seen.capped]
    for window in range(1, len(windows) if running else 0):
        share = 1 / (window * (window + 1))
        if window % 8 == 0:
            share += 1 / (window // 8 * (window // 8 + 1))
        money.append((0.2 / 16 * share / 2 / ((last + 1) * (last + 2)), windows[window:]))
    logs = [
        math.log(share) + log_by_counts(seen, m, cap, above=above, centres=centres) for share, seen in money
    ]
    largest = max(logs)
    return largest + math.log(sum(math.exp(one - largest) for one in logs))
