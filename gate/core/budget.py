"""How many more requests it takes to show non-inferiority: for people who wait, and to check a policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np

from sluicegate.gate.core.betting import PROOF_CAP, Array, Stretch, averaged, wealth
from sluicegate.gate.core.interval import bound
from sluicegate.gate.core.share import compared
from sluicegate.gate.core.stretches import OWN_RATE, SEEN, Unseen, values
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import BASELINE_UP_TO, Step, Traffic

LIMIT = 10**9
"""More requests than this are not reported."""


def more_requests(  # noqa: PLR0917 - as `more_windows`
    gate: Gate, policy: Policy, seen: Sequence[Stretch], weight: int, next_weight: int, per_window: float
) -> int | None:
    """About how many more requests at `weight`, both tracks together, until non-inferior at `next_weight`.

    Pairs, for a gate that counts pairs. See `more_windows`.
    """
    windows = more_windows(gate, policy, seen, weight, next_weight, per_window)
    return None if windows is None else max(round(windows * per_window), 1)


def more_windows(  # noqa: PLR0917 - what has been seen, and what is asked of it
    gate: Gate,
    policy: Policy,
    seen: Sequence[Stretch],
    weight: int,
    next_weight: int,
    per_window: float,
    unseen: Unseen = SEEN,
) -> int | None:
    """About how many more windows at `weight` until non-inferior at `next_weight`.

    `per_window` requests arrive in each window; those `unseen` so far count as the worst. Both tracks go on
    at the failure rates seen so far (none seen: none expected), and each window multiplies the evidence as it
    does on average, at most by its cap.
    None when it would not get there: then the rate difference, as seen so far, is beyond the margin.
    """
    most = bound(gate, next_weight)
    if most >= 1 or per_window <= 0:
        return None
    ahead = _expected_window(gate, seen, weight, per_window)
    sides = [(most, True), (-most, False)] if gate.two_sided else [(most, True)]
    gained = [wealth([ahead], m, PROOF_CAP, above=above) for m, above in sides]
    hidden = {True: unseen.above, False: unseen.below}
    started = (
        [wealth([*seen, *hidden[above]], m, PROOF_CAP, above=above) for m, above in sides]
        if seen
        else [np.zeros_like(gain) for gain in gained]
    )

    def shown(windows: int) -> bool:
        line = -np.log(policy.alpha)
        return all(
            bool(np.all(averaged(before + windows * gain) >= line))
            for before, gain in zip(started, gained, strict=True)
        )

    return _first(shown, most=max(int(LIMIT / per_window), 1))


@lru_cache(maxsize=256)
def clean_requests(policy: Policy, rate: float) -> tuple[int, ...]:
    """Requests (both tracks) that each step below 100 lasts when none fails: the least a rollout takes.

    At `rate` requests a second, since a window counts once. Counts `min_requests` on the canary and, for
    every gate, what shows non-inferiority at the next weight from all steps so far; a step that takes more
    than `LIMIT` requests counts as `LIMIT`. Of a gate that compares cohorts these are the windows. Pairs are
    not among them: they are shown in the dark.
    """
    gates = [gate for gate in policy.gates if not gate.paired]
    seen: dict[str, list[Stretch]] = {gate.name: [] for gate in gates}
    needed_by_step: list[int] = []
    for weight, following in zip(policy.steps, policy.steps[1:], strict=False):
        needed = -(-policy.min_requests * 100 // weight)
        for gate in gates:
            more = 0
            if weight >= gate.from_weight and gate.margin < following / 100:
                share = _share(policy, gate, weight)
                counted = weight / share
                per_window = rate * window_seconds(gate, policy) * counted
                found = more_requests(gate, policy, seen[gate.name], share, following, per_window)
                more = LIMIT if found is None else round(found / counted)
            needed = max(needed, more)
        for gate in gates:
            if weight < gate.from_weight:
                continue
            share = _share(policy, gate, weight)
            counted = weight / share
            per_window = rate * window_seconds(gate, policy) * counted
            seen[gate.name].append(_clean(gate, share, round(needed * counted), per_window))
        needed_by_step.append(needed)
    return tuple(needed_by_step)


def label_seconds(policy: Policy) -> Mapping[int, float]:
    """By step: the least that labels let it last, a cohort and its delay; 0 without such a gate.

    What was predicted in one step has its labels in the same one, or they do not count. 100 % is a step that
    waits only for the labels of a gate with a ceiling, and is left out where there is none.
    """
    waits = {
        weight: max(
            (
                gate.cohorts.wait_seconds
                for gate in policy.gates
                if gate.cohorts and weight >= gate.from_weight and (weight < 100 or gate.at_most is not None)
            ),
            default=0.0,
        )
        for weight in policy.steps
    }
    return {weight: seconds for weight, seconds in waits.items() if weight < 100 or seconds > 0}


def window_seconds(gate: Gate, policy: Policy) -> float:
    """How long is what counts once: a window, or a cohort."""
    return policy.window.total_seconds() if gate.cohorts is None else gate.cohorts.seconds


def dark_pairs(policy: Policy, rate: float) -> int:
    """Pairs, at `rate` a second, that the dark canary is compared by until it gets traffic; none differs.

    0 without a gate that counts pairs; `LIMIT` for more than that.
    """
    per_window = rate * policy.window.total_seconds()
    needed = 0
    for gate in policy.gates:
        if gate.paired:
            more = more_requests(gate, policy, [], 0, policy.steps[0], per_window)
            needed = max(needed, policy.min_requests, LIMIT if more is None else more)
    return needed


def _share(policy: Policy, gate: Gate, weight: int) -> int:
    """The canary's percent of what a gate compares at this weight."""
    return compared(gate, Step(weight, Traffic(0, 0), {}, policy.baseline and weight <= BASELINE_UP_TO))


def _clean(gate: Gate, weight: int, requests: int, per_window: float) -> Stretch:
    """A step of equal windows in which nothing fails."""
    windows = max(-(-requests // max(int(per_window), 1)), 1)
    row = _row(weight / 100, requests / windows, np.zeros(gate.kinds), np.zeros(gate.kinds))
    return Stretch(values(weight, gate), np.repeat(row, windows, axis=1), np.ones(windows, dtype=bool))


def _expected_window(gate: Gate, seen: Sequence[Stretch], weight: int, per_window: float) -> Stretch:
    """One window at the failure rates seen so far, by track and kind."""
    if gate.paired:
        return _expected_pairs(seen, per_window)
    none: Array = np.zeros((gate.kinds, 4))
    total = sum((stretch.counts.sum(axis=1) for stretch in seen), start=none)
    bad_canary = total[:, 0] / np.maximum(total[:, 0] + total[:, 1], 1)
    bad_stable = total[:, 2] / np.maximum(total[:, 2] + total[:, 3], 1)
    row = _row(weight / 100, per_window, bad_canary, bad_stable)
    return Stretch(values(weight, gate), row, np.ones(1, dtype=bool))


def _expected_pairs(seen: Sequence[Stretch], per_window: float) -> Stretch:
    none: Array = np.zeros((1, 2))
    total = sum((stretch.counts.sum(axis=1) for stretch in seen), start=none)
    different = total[:, 0] / np.maximum(total.sum(axis=1), 1)
    row = per_window * np.stack([different, 1 - different], axis=-1)[:, None, :]
    return Stretch(OWN_RATE, row, np.ones(1, dtype=bool))


def _row(share: float, requests: float, bad_canary: Array, bad_stable: Array) -> Array:
    """(K, 1, 4): requests by outcome, at these failure rates by kind."""
    on_canary = share * requests
    on_stable = (1 - share) * requests
    outcomes = [
        on_canary * bad_canary,
        on_canary * (1 - bad_canary),
        on_stable * bad_stable,
        on_stable * (1 - bad_stable),
    ]
    rows: Array = np.stack(outcomes, axis=-1)[:, None, :]
    return rows


def _first(holds: Callable[[int], bool], most: int) -> int | None:
    """The smallest number for which it holds, by doubling and halving: it holds for all larger ones."""
    high = 1
    while not holds(high):
        high *= 2
        if high > most:
            return None
    low = high // 2
    while high - low > max(1, high // 100):
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return high
