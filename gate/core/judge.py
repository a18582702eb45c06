"""What one gate says at one look, in numbers and in a sentence that stands alone."""

from __future__ import annotations

from collections.abc import Sequence

from sluicegate.gate.core import text_format as words
from sluicegate.gate.core.budget import more_requests
from sluicegate.gate.core.decision import Interval, Judgement
from sluicegate.gate.core.interval import counts, excess, shows_harm, shows_proof
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import Step


def judge(
    gate: Gate, policy: Policy, steps: Sequence[Step], following: int, missing: str | None
) -> Judgement:
    """Judge all steps so far, the running one last, for the weight `following` in percent.

    `missing` says why the running step has no tally of this gate: then nothing is proven (the upper end is
    infinite), whatever the closed steps showed. Harm is shown at alpha / number of gates, proof at alpha
    (all gates must give it); the interval has its lower end at the one and its upper end at the other,
    two-sided gates, which are proven at both ends, have both at alpha.
    """
    compared = [step for step in steps if 0 < step.weight < 100 and gate.name in step.tallies]
    seen = counts([(step.weight, step.tallies[gate.name]) for step in compared], gate.kinds)
    split = policy.alpha / len(policy.gates)
    harm = shows_harm(seen, split, gate.margin, gate.two_sided)
    proven = missing is None and shows_proof(seen, policy.alpha, gate.margin, following, gate.two_sided)
    intervals = excess(seen, policy.alpha, policy.alpha if gate.two_sided else split)
    kind = max(range(gate.kinds), key=lambda k: _furthest(intervals[k], gate.two_sided))
    shown = intervals[kind] if missing is None else Interval(lower=intervals[kind].lower)
    needs = None
    if not harm and not proven and missing is None and compared and compared[-1] is steps[-1]:
        needs = more_requests(seen, compared[-1].weight, policy.alpha, gate, following)
    on_canary = sum(step.traffic.canary for step in compared)
    on_stable = sum(step.traffic.stable for step in compared)
    requests = sum(step.tallies[gate.name].requests for step in compared)
    bad_canary = sum(step.tallies[gate.name].bad_canary[kind] for step in compared)
    bad_stable = sum(step.tallies[gate.name].bad_stable[kind] for step in compared)

    edge = f" at edge {kind + 1} of {gate.kinds}" if gate.kinds > 1 else ""
    figures = f"{words.excess(shown)}{edge} over {requests:,} requests, margin {words.percent(gate.margin)}"
    split_up = (
        f"{bad_canary:,} of the canary's {on_canary:,} requests and {bad_stable:,} of stable's {on_stable:,}"
    )
    if harm and gate.two_sided:
        says = f"{figures}: the canary differs from stable by more than that; {split_up} lie above the edge"
    elif harm:
        says = f"{figures}: the canary has more bad requests than stable; {split_up} were bad"
    elif missing is not None:
        says = f"{missing}: nothing is proven in this step"
    elif proven:
        says = f"{figures}: proven for {following} %"
    elif needs is not None:
        says = f"{figures}: not yet proven for {following} %, needs {words.about(needs)} more requests"
    else:
        says = f"{figures}: not proven for {following} %, nor would it be at the excess seen so far"
    return Judgement(
        gate=gate.name,
        margin=gate.margin,
        requests=requests,
        canary_requests=on_canary,
        bad_canary=bad_canary,
        bad_stable=bad_stable,
        excess=shown,
        edge=kind if gate.kinds > 1 else None,
        harm=harm,
        proven=proven,
        reason=f"{gate.name}: {says}",
        needs=needs,
    )


def _furthest(interval: Interval, two_sided: bool) -> float:
    """How far from harmless the excess can still be."""
    return max(interval.upper, -interval.lower) if two_sided else interval.upper
