"""How many more requests it takes to show non-inferiority: for people who wait, and to check a policy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sluicegate.gate.core.interval import Array, Counts, counts, is_non_inferior
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import CounterDelta

LIMIT = 10**9
"""More requests than this are not reported."""


def more_requests(tally: Counts, weight: int, alpha: float, gate: Gate, next_weight: int) -> int | None:
    """About how many more requests at `weight`, both tracks together, until non-inferior at `next_weight`.

    Both tracks go on at the failure rates seen so far (none seen: none expected), and the e-value grows as it
    does on average. None when it would not get there: then the rate difference, as seen so far, is beyond the
    margin.
    """
    share = np.array([weight / 100])
    on_canary = (tally.share[:, None] * tally.requests).sum(axis=0)
    on_stable = ((1 - tally.share)[:, None] * tally.requests).sum(axis=0)
    bad_canary = share[0] * tally.bad_canary.sum(axis=0) / np.maximum(on_canary, 1)
    bad_stable = (1 - share[0]) * tally.bad_stable.sum(axis=0) / np.maximum(on_stable, 1)

    def non_inferior(more: int) -> bool:
        ahead = Counts(
            share=np.concatenate([tally.share, share]),
            requests=_below(tally.requests, np.full_like(bad_canary, more)),
            bad_canary=_below(tally.bad_canary, more * bad_canary),
            bad_stable=_below(tally.bad_stable, more * bad_stable),
        )
        return is_non_inferior(ahead, alpha, gate.margin, next_weight, gate.two_sided)

    return _first(non_inferior)


def clean_requests(policy: Policy) -> tuple[int, ...]:
    """Requests (both tracks) that each step below 100 lasts when none fails: the least a rollout takes.

    Counts `min_requests` on the canary and, for every gate, what shows non-inferiority at the next weight
    from all steps so far; a step that takes more than `LIMIT` requests counts as `LIMIT`.
    """
    closed: list[tuple[int, int]] = []
    for weight, following in zip(policy.steps, policy.steps[1:], strict=False):
        needed = -(-policy.min_requests * 100 // weight)
        for gate in policy.gates:
            tally = _clean(closed, gate.kinds)
            more = more_requests(tally, weight, policy.alpha, gate, following)
            needed = max(needed, LIMIT if more is None else more)
        closed.append((weight, needed))
    return tuple(needed for _, needed in closed)


def _clean(stretches: list[tuple[int, int]], kinds: int) -> Counts:
    none_bad = (0,) * kinds
    return counts(
        [(weight, CounterDelta(requests, none_bad, none_bad)) for weight, requests in stretches], kinds
    )


def _below(rows: Array, row: Array) -> Array:
    return np.concatenate([rows, row[None, :]])


def _first(holds: Callable[[int], bool]) -> int | None:
    """The smallest number for which it holds, by doubling and halving: it holds for all larger ones."""
    high = 1
    while not holds(high):
        high *= 2
        if high > LIMIT:
            return None
    low = high // 2
    while high - low > max(1, high // 100):
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return high
