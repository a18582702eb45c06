"""What one gate concludes at one evaluation, in numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sluicegate.gate.core import interval, text_format
from sluicegate.gate.core.betting import Array, Stretch
from sluicegate.gate.core.budget import more_windows, window_seconds
from sluicegate.gate.core.conclusion import conclusion
from sluicegate.gate.core.decision import Interval, Judgement
from sluicegate.gate.core.share import compared as compared_share
from sluicegate.gate.core.share import with_baseline
from sluicegate.gate.core.stretches import Rows, Unseen, alone, compared, is_compared, unseen
from sluicegate.gate.core.tallying import capped
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import CounterDelta, Step, Tally


@dataclass(frozen=True)
class Evidence:
    """All that one gate judges by."""

    steps: Sequence[Step]
    """Closed ones and the running one, oldest first."""
    following: int
    """The weight in percent that it is judged for; 100 where there is none above."""
    observed_share: float | None = None
    """Of the running step, in percent, where it is not the committed one: harm is judged against it."""
    observed_of_pair: float | None = None
    """Likewise of what canary and baseline got, where one runs."""
    missing: str | None = None
    """Why the running step has no figures of this gate now: then nothing is shown to be non-inferior."""
    sick_stable: str | None = None
    """That stable itself is above a ceiling: then a shift against it is no fault of the canary's."""

    @property
    def weight(self) -> int:
        """That of the running step."""
        return self.steps[-1].weight if self.steps else 0

    def of(self, missing: str | None, sick: str | None) -> Evidence:
        """The same steps for a gate: why it has no figures now, and why stable is no measure."""
        return replace(self, missing=missing, sick_stable=sick)

    def is_beside_baseline(self, gate: Gate) -> bool:
        """Whether a gate compares the canary with the baseline in the running step."""
        return bool(self.steps) and with_baseline(gate, baseline=self.steps[-1].baseline)

    def is_counted(self, gate: Gate) -> bool:
        """Whether this gate has figures of the running step."""
        return len(self.steps) > 0 and gate.name in self.steps[-1].tallies

    def observed(self, gate: Gate) -> float | None:
        """The canary's percent of what this gate compares, where it is not the committed one."""
        return self.observed_of_pair if self.is_beside_baseline(gate) else self.observed_share

    def rows(self, gate: Gate, observed: float | None = None) -> Rows:
        """The steps in which this gate was counted, the running one with the committed share or another."""
        shares: list[float] = [compared_share(gate, step) for step in self.steps]
        if observed is not None:
            # A comparison needs both tracks: one without a request would divide by nothing.
            shares[-1] = min(max(observed, 0.1), 99.9)
        return [
            (share, step.tallies[gate.name])
            for share, step in zip(shares, self.steps, strict=True)
            if gate.name in step.tallies
        ]


Judge = Callable[[Gate, Policy, Evidence], Judgement]


@dataclass(frozen=True)
class Comparison:
    """The whole of the statistics that a decision depends on: what was counted, and the tests."""

    stretches: list[Stretch]
    """In which both tracks had traffic."""
    canary: list[Stretch]
    """In which the canary had traffic; empty without a ceiling."""
    harm: Array
    """(K,): by kind of failure, how far beyond the line; positive shows harm."""
    breached: bool
    """Whether the ceiling is shown to be broken."""
    non_inferior: bool
    """Whether the margin is shown to be kept at the following weight, and the ceiling where it has to be."""
    unseen: Unseen
    """What the proof counts of requests without figures."""

    @property
    def harmful(self) -> bool:
        """Whether the version has to go."""
        return self.breached or bool((self.harm > 0).any())


def compare(gate: Gate, policy: Policy, evidence: Evidence) -> Comparison:
    """Test all steps so far, the running one last.

    Harm is tested at `harm_alpha`, non-inferiority at alpha, since every gate must show it. A ceiling counts
    where nothing better does: it must be shown to be kept before all traffic is taken, and breaking it is
    harm unless stable breaks the same one.

    Where the observed split is not the committed one, harm has to be shown against both: a gateway refuses
    quickly, so a short outage of one track can outnumber all other requests of the observed split.
    """
    observed = evidence.observed(gate)
    rows = evidence.rows(gate, observed)
    running = evidence.is_counted(gate)
    stretches = compared(rows, gate, running=running)
    hidden = unseen(rows, gate)
    canary = alone(rows, "canary", running=running) if gate.at_most is not None else []
    alpha = harm_alpha(policy)
    excused = gate.two_sided and evidence.sick_stable is not None
    harm = interval.harm(stretches, gate, alpha)
    if observed is not None:
        as_committed = compared(evidence.rows(gate), gate, running=running)
        harm = np.minimum(harm, interval.harm(as_committed, gate, alpha))
    breached = (
        gate.at_most is not None
        and interval.is_above(canary, gate.at_most, alpha)
        and not _stable_is_above(gate, gate.at_most, policy, evidence)
    )
    within = excused or not is_compared(gate, evidence.weight)
    shown = (
        evidence.missing is None
        and (within or interval.is_non_inferior(stretches, gate, policy.alpha, evidence.following, hidden))
        and _keeps_ceiling(gate, policy, evidence, [*canary, *hidden.canary])
    )
    return Comparison(
        stretches=stretches,
        canary=canary,
        harm=np.full_like(harm, -np.inf) if excused else harm,
        breached=breached,
        non_inferior=shown or nothing_is_asked(gate, policy, evidence.weight),
        unseen=hidden,
    )


def nothing_is_asked(gate: Gate, policy: Policy, weight: int) -> bool:
    """Whether no request has to be seen at all (`min_requests: 0`), where none is compared."""
    return policy.min_requests == 0 and not is_compared(gate, weight)


def _keeps_ceiling(gate: Gate, policy: Policy, evidence: Evidence, canary: list[Stretch]) -> bool:
    """Whether the ceiling is shown to be kept, where all traffic depends on it."""
    if gate.at_most is None or evidence.following < 100:
        return True
    return interval.is_below(canary, gate.at_most, policy.alpha)


def harm_alpha(policy: Policy) -> float:
    """What each test for harm may err with: alpha over their number, since any one rolls back."""
    return policy.alpha / sum(1 + (gate.at_most is not None) for gate in policy.gates)


def sick_stable(policy: Policy, evidence: Evidence) -> str | None:
    """That stable itself is shown to be above a ceiling; None where it is not."""
    for gate in policy.gates:
        if gate.at_most is not None and _stable_is_above(gate, gate.at_most, policy, evidence):
            return f"stable itself is above the ceiling {text_format.percent(gate.at_most)} of {gate.name}"
    return None


def _stable_is_above(gate: Gate, ceiling: float, policy: Policy, evidence: Evidence) -> bool:
    """By bets that begin anew as well: what breaks late breaks on both tracks, and is no fault of one."""
    stable = alone(evidence.rows(gate), "stable", running=evidence.is_counted(gate))
    return interval.is_above(stable, ceiling, harm_alpha(policy))


def without_figures(gate: Gate, *, harmful: bool, non_inferior: bool, reason: str = "") -> Judgement:
    """A conclusion alone, with no counts and no interval."""
    return Judgement(
        gate=gate.name,
        margin=gate.margin,
        tolerance=gate.harmful_above,
        requests=0,
        canary_requests=0,
        bad_canary=0,
        bad_stable=0,
        rate_difference=Interval(),
        edge=None,
        harmful=harmful,
        non_inferior=non_inferior,
        reason=reason,
        paired=gate.paired,
        unit=gate.unit,
    )


def judge(gate: Gate, policy: Policy, evidence: Evidence) -> Judgement:
    """Compare, and add what a reader needs: the intervals, how many more requests, the sentence."""
    comparison = compare(gate, policy, evidence)
    alpha = harm_alpha(policy)
    kind, difference = _shown(gate, policy, comparison)
    if evidence.missing is not None:
        difference = Interval(lower=difference.lower)
    rows = evidence.rows(gate)
    compares = is_compared(gate, evidence.weight)
    beside = [tally for weight, tally in rows if compares and is_compared(gate, weight)]
    counted = beside or [tally for weight, tally in rows if weight == 100]
    total = _total(gate, counted)
    judgement = Judgement(
        gate=gate.name,
        margin=gate.margin,
        tolerance=gate.harmful_above,
        requests=total.requests,
        canary_requests=total.canary,
        bad_canary=total.bad_canary[kind],
        bad_stable=total.bad_stable[kind],
        rate_difference=difference,
        edge=kind if gate.kinds > 1 else None,
        harmful=comparison.harmful,
        non_inferior=comparison.non_inferior,
        reason="",
        windows=sum(len(tally.windows) for tally in counted),
        capped=_capped(gate, evidence),
        relative=gate.relative,
        paired=gate.paired,
        unit=gate.unit,
        at_most=gate.at_most,
        against="baseline" if evidence.is_beside_baseline(gate) else "stable",
        failure_rate=None
        if gate.at_most is None
        else interval.rate(comparison.canary, policy.alpha, alpha, comparison.unseen),
    )
    if evidence.missing is None and not judgement.harmful and not judgement.non_inferior:
        judgement = _with_needs(judgement, gate, policy, evidence, comparison)
    sentence = conclusion(
        gate,
        judgement,
        evidence.following,
        evidence.missing,
        breached=comparison.breached,
        compared=compares,
    )
    if evidence.sick_stable is not None and gate.two_sided:
        sentence = f"not compared: {evidence.sick_stable}"
    lost = sum(tally.unseen.canary for _, tally in rows if tally.unseen is not None)
    if lost:
        sentence += f"; {lost:,} requests of the canary without figures count as the worst"
    return replace(judgement, reason=f"{gate.name}: {sentence}")


def _shown(gate: Gate, policy: Policy, comparison: Comparison) -> tuple[int, Interval]:
    """The kind that the conclusion rests on, and its interval: where harm is shown, the one that shows it."""
    shift_is_harmful = gate.two_sided and bool((comparison.harm > 0).any())
    if shift_is_harmful:
        kind = int(comparison.harm.argmax())
        return kind, interval.shift(comparison.stretches, gate, harm_alpha(policy))[kind]
    return interval.furthest(comparison.stretches, gate, policy.alpha, harm_alpha(policy), comparison.unseen)


def _total(gate: Gate, tallies: Sequence[Tally]) -> CounterDelta:
    none = (0,) * gate.kinds
    return sum((tally.total for tally in tallies), start=CounterDelta(0, 0, none, none))


def _capped(gate: Gate, evidence: Evidence) -> int:
    """How many windows are cut: those of closed steps that were kept for it, and those of the running one."""
    number = 0
    for step in evidence.steps:
        if gate.name in step.tallies:
            number += sum(
                capped(step.tallies[gate.name], gate, compared_share(gate, step), evidence.following)
            )
    return number


def _with_needs(
    judgement: Judgement, gate: Gate, policy: Policy, evidence: Evidence, comparison: Comparison
) -> Judgement:
    """With about how many more requests it needs, on both tracks, and how long these take at the rate of the
    running step; as it is where that cannot be estimated.
    """
    running = evidence.steps[-1] if evidence.steps else None
    if running is None or gate.name not in running.tallies or not is_compared(gate, running.weight):
        return judgement
    windows = running.tallies[gate.name].windows
    per_window = sum(window.requests for window in windows) / max(len(windows), 1)
    share = compared_share(gate, running)
    more = more_windows(
        gate, policy, comparison.stretches, share, evidence.following, per_window, comparison.unseen
    )
    if more is None:
        return judgement
    needs = max(round(more * per_window), 1)
    if share != running.weight:
        needs = round(needs * share / running.weight)
    return replace(judgement, needs=needs, needs_seconds=more * window_seconds(gate, policy))
