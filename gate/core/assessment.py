"""What is known of a running release: why nothing is judged, or the running step and its judgements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sluicegate.gate.core import share, text_format
from sluicegate.gate.core.change import next_weight
from sluicegate.gate.core.counting import Running, count, step_reset_reason
from sluicegate.gate.core.decision import Judgement, Reading
from sluicegate.gate.core.judge import Judge, judge
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Release


@dataclass(frozen=True)
class Assessment:
    """At most one of `blocked_reason`, `baseline_reset_reason` and `running` is set."""

    blocked_reason: str | None = None
    """Why nothing is judged."""
    baseline_reset_reason: str | None = None
    """Why the step's counting begins now."""
    running: Running | None = None
    judgements: tuple[Judgement, ...] = ()
    """One a gate; none where nothing has been compared."""


def assess(release: Release, policy: Policy, reading: Reading | None, judge: Judge = judge) -> Assessment:
    """Judge what can be judged: nothing without figures of the committed weight and split."""
    blocked = why_blocked(release, policy, reading)
    if blocked is not None or reading is None or release.weight == 0:
        return Assessment(blocked_reason=blocked)
    if reading.traffic is None or not counts_requests(policy, release.weight):
        return Assessment(judgements=judge_all(release, policy, None, judge))
    if release.baseline is None:
        return Assessment(baseline_reset_reason="counting begins")
    reset = step_reset_reason(release.baseline, reading)
    if reset is not None:
        return Assessment(baseline_reset_reason=f"counting begins again: {reset}")
    running = count(release.weight, release.baseline, policy, reading, reading.traffic)
    wrong = wrong_split(policy, running)
    if wrong is not None:
        return Assessment(blocked_reason=wrong)
    return Assessment(running=running, judgements=judge_all(release, policy, running, judge))


def why_blocked(release: Release, policy: Policy, reading: Reading | None) -> str | None:
    """Why the figures cannot be used; None when they can."""
    if reading is None:
        return "no metrics were read"
    if release.weight == 0:
        return None
    why = not_in_effect(release, reading)
    if why is None and reading.traffic is None and counts_requests(policy, release.weight):
        why = "the gateway has no figures"
    return None if why is None else why + problems(reading)


def not_in_effect(release: Release, reading: Reading) -> str | None:
    """Why the committed weight is not known to be in effect; None when it is."""
    if release.since is not None and reading.at < release.since:
        return f"the figures of {reading.at.isoformat()} are older than the committed weight"
    if reading.weight is None:
        return f"the gateway does not report which weight is in effect, {release.weight} % is committed"
    if reading.weight != release.weight:
        return f"{reading.weight} % is in effect, {release.weight} % is committed"
    return None


def counts_requests(policy: Policy, weight: int) -> bool:
    """Whether requests are counted at this weight: where gates compare, and where requests must be seen."""
    return policy.min_requests > 0 or (0 < weight < 100 and len(policy.gates) > 0)


def wrong_split(policy: Policy, running: Running) -> str | None:
    """Why the split between the tracks is not the committed one; None when it may be.

    Each step is tested by itself, at the check's alpha divided by the number of steps.
    """
    weight = running.step.weight
    traffic = running.step.traffic
    if not 0 < weight < 100:
        return None
    if not share.is_wrong(weight, traffic.canary, traffic.stable, share.ALPHA / max(1, len(policy.steps))):
        return None
    total = traffic.canary + traffic.stable
    observed = text_format.percent(traffic.canary / total)
    return (
        f"wrong split: {observed} of {total:,} requests went to the canary, "
        f"{weight} % is committed, nothing is judged; fix the gateway, then promote to {weight} % by hand, "
        "which begins the step again"
    )


def judge_all(
    release: Release, policy: Policy, running: Running | None, judge: Judge = judge
) -> tuple[Judgement, ...]:
    """Let every gate judge the closed steps and the running one; nothing compared, nothing judged."""
    steps = release.counts
    missing: Mapping[str, str] = {}
    if running is not None:
        steps = (*steps, running.step)
        missing = running.missing
    if not any(0 < step.weight < 100 for step in steps):
        return ()
    following = next_weight(policy, release)
    return tuple(judge(gate, policy, steps, following, missing.get(gate.name)) for gate in policy.gates)


def problems(reading: Reading) -> str:
    """What the reading says is missing, in brackets; empty without any."""
    return f" ({'; '.join(reading.problems)})" if reading.problems else ""
