"""What is seen of a running release: why nothing is judged, or the running step and what each gate says."""

from __future__ import annotations

from dataclasses import dataclass

from sluicegate.gate.core import share
from sluicegate.gate.core import text_format as words
from sluicegate.gate.core.change import next_weight
from sluicegate.gate.core.counting import Running, begins_anew, count
from sluicegate.gate.core.decision import Judgement, Reading
from sluicegate.gate.core.judge import judge
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Release


@dataclass(frozen=True)
class Assessment:
    """At most one of `blind`, `begin` and `running` is set."""

    blind: str | None = None
    """Why nothing is judged."""
    begin: str | None = None
    """Why the step's counting begins now."""
    running: Running | None = None
    judgements: tuple[Judgement, ...] = ()
    """One a gate; none where nothing has been compared."""


def assess(release: Release, policy: Policy, reading: Reading | None) -> Assessment:
    """See what can be judged: nothing without figures of the committed weight and split."""
    blind = why_blind(release, policy, reading)
    if blind is not None or reading is None or release.weight == 0:
        return Assessment(blind=blind)
    if reading.traffic is None or not counts_requests(policy, release.weight):
        return Assessment(judgements=judge_all(release, policy, None))
    begin = begins_anew(release.baseline, reading) if release.baseline is not None else None
    if begin is not None or release.baseline is None:
        return Assessment(begin="counting begins" if begin is None else f"counting begins anew: {begin}")
    running = count(release.weight, release.baseline, policy, reading, reading.traffic)
    wrong = wrong_split(policy, running)
    return (
        Assessment(blind=wrong)
        if wrong
        else Assessment(running=running, judgements=judge_all(release, policy, running))
    )


def why_blind(release: Release, policy: Policy, reading: Reading | None) -> str | None:
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
        return f"the gateway does not say which weight is in effect, {release.weight} % is committed"
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
    weight, traffic = running.step.weight, running.step.traffic
    if not 0 < weight < 100:
        return None
    if not share.is_wrong(weight, traffic.canary, traffic.stable, share.ALPHA / max(1, len(policy.steps))):
        return None
    total = traffic.canary + traffic.stable
    return (
        f"wrong split: {words.percent(traffic.canary / total)} of {total:,} requests went to the canary, "
        f"{weight} % is committed, nothing is judged; mend the gateway, then promote to {weight} % by hand, "
        "which begins the step anew"
    )


def judge_all(release: Release, policy: Policy, running: Running | None) -> tuple[Judgement, ...]:
    """Let every gate judge the closed steps and the running one; nothing compared, nothing judged."""
    steps = release.counts + ((running.step,) if running is not None else ())
    if not any(0 < step.weight < 100 for step in steps):
        return ()
    missing = running.missing if running is not None else {}
    following = next_weight(policy, release)
    return tuple(judge(gate, policy, steps, following, missing.get(gate.name)) for gate in policy.gates)


def problems(reading: Reading) -> str:
    """The reading's own words on what is missing, in brackets; empty without any."""
    return f" ({'; '.join(reading.problems)})" if reading.problems else ""
