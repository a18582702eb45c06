"""What is known of a running release: why nothing is judged, or the running step and its judgements."""

from __future__ import annotations

from dataclasses import dataclass

from sluicegate.gate.core import share, text_format
from sluicegate.gate.core.change import next_weight
from sluicegate.gate.core.counting import Running, count, counted_gates, counted_now
from sluicegate.gate.core.decision import GATEWAY, Figure, Judgement, Reading
from sluicegate.gate.core.judge import Evidence, Judge, judge, sick_stable, without_figures
from sluicegate.gate.core.shown import figures
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import Release, Traffic


@dataclass(frozen=True)
class WrongSplit:
    """The observed split is shown to differ from the committed one."""

    observed: float
    """The canary's percent of the requests."""
    requests: int
    windows: int
    """How many have passed since it was first shown, that one included."""
    of_pair: float | None = None
    """The canary's percent of what it and the baseline got, where one runs."""


@dataclass(frozen=True)
class Assessment:
    """What one evaluation knows; `running` is None where nothing was counted."""

    blocked_reason: str | None = None
    """Why the figures are not those of the committed weight: nothing goes on, whatever they say."""
    running: Running | None = None
    wrong_split: WrongSplit | None = None
    judgements: tuple[Judgement, ...] = ()
    """One a gate that counts at this weight."""
    shown: tuple[Figure, ...] = ()


@dataclass(frozen=True)
class Limits:
    """What keeps the figures from proving anything."""

    blocked: str | None
    wrong: WrongSplit | None


def assess(release: Release, policy: Policy, reading: Reading | None, judge: Judge = judge) -> Assessment:
    """Judge what can be judged. Harm is judged whatever else is wrong, and nothing is proven then."""
    if reading is None:
        return Assessment("no metrics were read")
    if release.weight == 0 and not counted_now(policy, release):
        return Assessment()
    running = count(release.weight, policy, reading, baseline=release.baseline)
    wrong = wrong_split(policy, running)
    blocked = why_blocked(release, policy, reading)
    if blocked is None and wrong is not None:
        blocked = split_reason(release.weight, wrong)
    return Assessment(
        blocked_reason=blocked,
        running=running,
        wrong_split=wrong,
        judgements=_judge_all(release, policy, running, Limits(blocked, wrong), judge),
        shown=figures(running.step, policy, reading, running.windows),
    )


def why_blocked(release: Release, policy: Policy, reading: Reading) -> str | None:
    """Why the figures cannot be used to go on; None when they can."""
    why = not_in_effect(release, reading)
    if why is None and counts_requests(policy, release.weight) and GATEWAY in reading.missing:
        return reading.missing[GATEWAY] + problems(reading)
    return None if why is None else why + problems(reading, silent=reading.missing.get(GATEWAY))


def not_in_effect(release: Release, reading: Reading) -> str | None:
    """Why the committed weight is not known to be in effect; None when it is."""
    if reading.weight is None:
        return f"the gateway does not report which weight is in effect, {release.weight} % is committed"
    if reading.weight != release.weight:
        return f"{reading.weight} % is in effect, {release.weight} % is committed"
    return None


def counts_requests(policy: Policy, weight: int) -> bool:
    """Whether requests are counted at this weight: where gates judge, and where requests must be seen."""
    return policy.min_requests > 0 or len(counted_gates(policy, weight)) > 0


def wrong_split(policy: Policy, running: Running) -> WrongSplit | None:
    """The split between the tracks, where it is not the committed one; None when it may be.

    Each step is tested by itself, at the check's alpha divided by the number of steps. Beside a baseline two
    shares are tested, at half of that: the canary's of all requests, and its half of what both got.
    """
    weight = running.step.weight
    traffic = running.step.traffic
    if not 0 < weight < 100:
        return None
    alpha = share.ALPHA / max(1, len(policy.steps))
    split = [window.traffic for window in running.windows]
    of_pair = None
    if running.step.baseline:
        alpha /= 2
        pair = [Traffic(window.canary, window.baseline) for window in split]
        pair_windows = share.wrong_windows(share.PAIR, pair, alpha)
        of_pair = 100 * traffic.canary / max(traffic.canary + traffic.baseline, 1)
    else:
        pair_windows = 0
    windows = max(share.wrong_windows(weight, split, alpha), pair_windows)
    total = traffic.canary + traffic.stable
    return WrongSplit(100 * traffic.canary / total, total, windows, of_pair) if windows > 0 else None


def split_reason(weight: int, wrong: WrongSplit) -> str:
    """The wrong split, and what to do about it."""
    observed = text_format.percent(wrong.observed / 100)
    pair = ""
    if wrong.of_pair is not None:
        pair = (
            f", and {text_format.percent(wrong.of_pair / 100)} of its own and the baseline's, which is half"
        )
    return (
        f"wrong split: {observed} of {wrong.requests:,} requests went to the canary{pair}, {weight} % is "
        "committed; only harm is judged, against the observed split; fix the gateway, then promote to "
        f"{weight} % by hand, which begins the step again"
    )


def _judge_all(
    release: Release, policy: Policy, running: Running, limits: Limits, judge: Judge
) -> tuple[Judgement, ...]:
    """Let every gate judge the closed steps and the running one: one without any figures shows nothing."""
    weight = release.weight
    not_compared = tuple(not_comparable(gate) for gate in policy.gates if 0 < weight < gate.from_weight)
    evidence = Evidence(
        steps=(*release.counts, running.step),
        following=next_weight(policy, release),
        observed_share=None if limits.wrong is None else limits.wrong.observed,
        observed_of_pair=None if limits.wrong is None else limits.wrong.of_pair,
    )
    gates = counted_gates(policy, weight)
    # Only a shift of a distribution is excused by it, so no other policy pays for the test.
    sick = sick_stable(policy, evidence) if any(gate.two_sided for gate in gates) else None
    judged = tuple(
        judge(gate, policy, evidence.of(limits.blocked or running.missing.get(gate.name), sick))
        for gate in gates
    )
    return judged + not_compared


def not_comparable(gate: Gate) -> Judgement:
    """What a gate concludes below the weight that it compares from: nothing, and it keeps nothing back."""
    reason = f"{gate.name}: not comparable below {gate.from_weight} %"
    return without_figures(gate, harmful=False, non_inferior=True, reason=reason)


def problems(reading: Reading, silent: str | None = None) -> str:
    """What the reading says is wrong, in brackets, and why the gateway is silent; empty without any."""
    causes = reading.problems if silent is None else (silent, *reading.problems)
    return f" ({'; '.join(causes)})" if causes else ""
