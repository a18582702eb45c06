"""From windows to counts: what the running step has seen, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from math import ceil

from sluicegate.gate.core import labels, share
from sluicegate.gate.core.decision import GATEWAY, Reading, Window
from sluicegate.gate.core.tallying import by_window
from sluicegate.gate.core.text_format import duration
from sluicegate.specs.policy import Cost, Gate, Policy, Shown
from sluicegate.specs.release import CounterDelta, Release, Step, Traffic

OTHER_SPLIT = "what it counts is not split between the tracks as the requests are, so they do not compare"
NO_PAIRS = "not one pair of answers has been compared in this step"
PATIENCE = 10
"""How many times its warm-up is sent, for each pod, before one that does not get warm counts as it is."""
NO_TRAFFIC = Traffic(0, 0)
GAPS = 0.1
"""The most of the canary's requests that a gate may have no figures of. Up to it they count as the worst."""


@dataclass(frozen=True)
class Running:
    """The running step so far."""

    step: Step
    """With every window of each gate that could be counted."""
    windows: tuple[Window, ...]
    """Without those in which a pod was warming up."""
    canary: int
    """Requests on the canary: the least that the gateway or any counted gate saw. In the dark, pairs."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """By gate: why it has no counts, or none now."""
    fewest: str | None = None
    """The gate that saw the least, where that is one with requests of its own, as a segment's."""

    @property
    def seconds(self) -> float:
        """How long it has been watched, by the clock of what watched it."""
        return sum(window.seconds for window in self.windows)


def count(weight: int, policy: Policy, reading: Reading, *, baseline: bool = False) -> Running:
    """Count the running step at `weight` from the windows of a reading; `baseline`: whether one runs."""
    windows = warmed_up(weight, reading)
    traffic = sum((window.traffic for window in windows), start=NO_TRAFFIC)
    tallies = {}
    missing: dict[str, str] = {}
    gates = counted_gates(policy, weight)
    least = None if weight == 0 and gates else traffic.canary
    fewest = None
    for gate in gates:
        deltas = [window.tallies[gate.name] for window in windows if gate.name in window.tallies]
        why = why_missing(gate, windows, deltas, reading)
        if why is not None:
            missing[gate.name] = why
        sound = [delta for delta in deltas if is_sound(gate, delta)]
        beside_baseline = share.with_baseline(gate, baseline=baseline)
        unlabelled = labels.why_not_enough(gate, reading, alone=weight == 100)
        if unlabelled is not None:
            # What is left out, neither proof nor harm: those without a label may be the wrong ones.
            missing.setdefault(gate.name, unlabelled)
        elif gate.series and _is_wrongly_split(share.PAIR if beside_baseline else weight, sound):
            missing[gate.name] = OTHER_SPLIT
        elif sound:
            tally = by_window(_with_requests(sound, gate), gate)
            lost = unseen(gate, windows, sound, beside_baseline=beside_baseline)
            tallies[gate.name] = tally if lost is None else replace(tally, unseen=lost)
            canary = sum(delta.canary for delta in sound)
            if gate.paired and canary == 0:
                missing.setdefault(gate.name, NO_PAIRS)
            if gate.paired and weight > 0:
                continue
            if least is None or canary < least:
                least = canary
                fewest = gate.name if gate.series else None
    return Running(Step(weight, traffic, tallies, baseline), windows, least or 0, missing, fewest)


def _with_requests(deltas: Sequence[CounterDelta], gate: Gate) -> Sequence[CounterDelta]:
    """Of a gate that compares cohorts only those windows in which one matured: its windows are these."""
    if gate.cohorts is None:
        return deltas
    return [delta for delta in deltas if delta.requests > 0] or deltas[-1:]


def warmed_up(weight: int, reading: Reading) -> tuple[Window, ...]:
    """The windows without those in which a pod was warming up.

    In the dark all: copies of requests are not counted as a pod's answers, and slow first ones are no worse.
    """
    return tuple(window for window in reading.windows if weight == 0 or not window.warming)


def counted_gates(policy: Policy, weight: int) -> tuple[Gate, ...]:
    """The gates that count something at this weight: pairs below 100, in the dark nothing else.

    At 100 nothing is compared, and only those with a ceiling are left.
    """
    if weight == 0:
        return tuple(gate for gate in policy.gates if gate.paired)
    if weight < 100:
        return tuple(gate for gate in policy.gates if gate.from_weight <= weight)
    return tuple(gate for gate in policy.gates if weight == 100 and gate.at_most is not None)


def counted_now(policy: Policy, release: Release) -> tuple[Gate, ...]:
    """The gates that count in the running step: a first version has no stable one to be paired with."""
    if release.canary is None or (release.weight == 0 and release.stable is None):
        return ()
    return counted_gates(policy, release.weight)


def _is_wrongly_split(weight: int, deltas: Sequence[CounterDelta]) -> bool:
    """Whether what a gate counts by itself is shown not to be split as requests are: tracks then differ.

    Where more of the canary's users go away before they get so far, those who stay are no fair comparison.
    """
    split = [Traffic(delta.canary, delta.requests - delta.canary) for delta in deltas]
    return 0 < weight < 100 and share.wrong_windows(weight, split) > 0


def why_missing(
    gate: Gate | Shown, windows: Sequence[Window], deltas: Sequence[CounterDelta], reading: Reading
) -> str | None:
    """Why nothing can be shown by this gate now; figures of earlier windows still show harm."""
    for key in (gate.name, GATEWAY):
        if key in reading.missing:
            return reading.missing[key]
    if not windows:
        return "no window has been counted yet"
    if gate.name not in windows[-1].tallies:
        return "no data"
    gap = without_figures(gate, windows)
    if gap is not None:
        return gap
    unsound = [delta for delta in deltas if not is_sound(gate, delta)]
    if any(len(delta.bad_canary) != gate.kinds for delta in unsound):
        return f"{len(unsound[0].bad_canary)} kinds of failures are counted where the policy has {gate.kinds}"
    return "more failures than requests were counted" if unsound else None


def sound_deltas(
    shown: Shown, windows: Sequence[Window], reading: Reading
) -> tuple[list[CounterDelta], str | None]:
    """What was counted beside the gates in these windows, and why nothing can be shown by it now."""
    deltas = [window.tallies[shown.name] for window in windows if shown.name in window.tallies]
    sound = [delta for delta in deltas if is_sound(shown, delta)]
    missing = why_missing(shown, windows, deltas, reading)
    return sound, missing or (None if sound else "no data")


def without_figures(gate: Gate | Shown, windows: Sequence[Window]) -> str | None:
    """That a gate has no figures of too many of the canary's requests; None where it has."""
    lost = sum(window.traffic.canary for window in windows if gate.name not in window.tallies)
    sent = sum(window.traffic.canary for window in windows)
    return f"no figures of {lost:,} of the canary's {sent:,} requests" if lost > GAPS * sent else None


def unseen(
    gate: Gate, windows: Sequence[Window], seen: Sequence[CounterDelta], *, beside_baseline: bool = False
) -> Traffic | None:
    """The requests of the windows of which a gate has no figures; None where it has of all.

    A gate that counts requests of its own has as many in them as it has elsewhere for each of the gateway's,
    and one that counts pairs for each of stable's.
    """
    lost = sum((w.traffic for w in windows if gate.name not in w.tallies), start=NO_TRAFFIC)
    if lost == NO_TRAFFIC:
        return None
    sent = sum((w.traffic for w in windows if gate.name in w.tallies), start=NO_TRAFFIC)
    if beside_baseline:
        lost = Traffic(lost.canary, lost.baseline)
        sent = Traffic(sent.canary, sent.baseline)
    if not gate.series and not gate.paired:
        return Traffic(lost.canary, lost.stable)
    canary = sum(delta.canary for delta in seen)
    if gate.paired:
        return Traffic(ceil(lost.stable * canary / max(sent.stable, 1)), 0)
    stable = sum(delta.requests for delta in seen) - canary
    return Traffic(
        ceil(lost.canary * canary / max(sent.canary, 1)), ceil(lost.stable * stable / max(sent.stable, 1))
    )


def counted_again(policy: Policy, weight: int, reading: Reading) -> str | None:
    """That counting began again lately, and too little was seen since: nothing adds up if this goes on.

    A single reset is over after the step's least time; half of `blind_for` is enough where that is longer.
    """
    if reading.reset is None or weight == 0:
        return None
    least = _least_seconds(policy, weight)
    seen = sum(window.seconds for window in reading.windows)
    if seen >= least:
        return None
    since = f"{duration(seen)} of {duration(least)} were seen since"
    return f"counting keeps beginning again, {since}: {reading.reset}"


def always_warming(policy: Policy, weight: int, reading: Reading) -> str | None:
    """That pods have been warming up in every window for long: while many start in turn nothing is judged.

    A canary with little traffic warms up slowly: nothing is said until it was sent many times a warm-up.
    """
    if weight == 0:
        return None
    newest = list(takewhile(lambda window: window.warming, reversed(reading.windows)))
    seconds = sum(window.seconds for window in newest)
    sent = sum(window.traffic.canary for window in newest)
    if seconds < _least_seconds(policy, weight) or sent <= PATIENCE * policy.warmup_requests:
        return None
    return (
        f"pods of either version have been warming up for {duration(seconds)} without a break, so that the "
        f"canary's last {sent:,} requests are not judged"
    )


def never_counted(policy: Policy, weight: int, reading: Reading) -> str | None:
    """Why figures that are there do not add up to anything; None where they do."""
    return counted_again(policy, weight, reading) or always_warming(policy, weight, reading)


def _least_seconds(policy: Policy, weight: int) -> float:
    """How long figures have to be without use before that counts as having none."""
    longest = max(policy.seconds_at(weight), policy.window.total_seconds())
    return min(longest, policy.blind_for.total_seconds() / 2)


def is_sound(gate: Gate | Shown, delta: CounterDelta) -> bool:
    """Whether counts can be true: no more failures than requests, of as many kinds as the gate has.

    What answers cost is no part of them, and has no such bound.
    """
    stable = delta.requests - delta.canary
    if len(delta.bad_canary) != gate.kinds or len(delta.bad_stable) != gate.kinds:
        return False
    if delta.canary < 0 or stable < 0 or min(delta.bad_canary) < 0 or min(delta.bad_stable) < 0:
        return False
    return isinstance(gate, Cost) or (
        max(delta.bad_canary) <= delta.canary and max(delta.bad_stable) <= stable
    )
