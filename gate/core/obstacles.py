"""What keeps a running release from going on: missing figures, too little seen, gates that are undecided."""

from __future__ import annotations

from sluicegate.gate.core import text_format
from sluicegate.gate.core.assessment import problems
from sluicegate.gate.core.case import Case
from sluicegate.gate.core.decision import GATEWAY
from sluicegate.gate.core.smoke import untested


def obstacle(case: Case) -> str | None:
    """The first thing that keeps this release from going on; None when nothing does."""
    for find in (
        missing_figures,
        untested,
        missing_exposure,
        undecided_gates,
        unknown_cost,
        missing_approval,
    ):
        cause = find(case)
        if cause is not None:
            return cause
    return None


def missing_figures(case: Case) -> str | None:
    """Which figures are missing, or that the canary is not ready."""
    assessment = case.assessment
    reading = case.observations.reading
    if assessment.blocked_reason is not None:
        return assessment.blocked_reason
    if reading is None:
        return "the canary is not ready"
    why = problems(reading, silent=reading.missing.get(GATEWAY))
    who = "the canary or its baseline" if case.release.baseline else "the canary"
    return None if reading.ready else f"{who} is not ready{why}"


def missing_exposure(case: Case) -> str | None:
    """How much of this step has still to be seen: each has its own requests and its own time."""
    policy = case.policy
    running = case.assessment.running
    least = policy.seconds_at(case.release.weight)
    if case.release.weight == 0:
        return _too_soon(dark_for(case), least) or _too_few_pairs(case)
    if running is None:
        return None
    if running.canary < policy.min_requests:
        again = reset(case)
        of = "" if running.fewest is None else f" that {running.fewest} counts"
        had = f"the canary has had {running.canary:,} of this step's {policy.min_requests:,} requests{of}"
        return had + again
    early = _too_soon(running.seconds, least)
    return None if early is None else early + reset(case)


def _too_few_pairs(case: Case) -> str | None:
    """That the dark canary has been compared by fewer pairs than a step needs; where none count, nothing."""
    running = case.assessment.running
    if running is None or running.canary >= case.policy.min_requests:
        return None
    why = "".join(f"; {gate}: {reason}" for gate, reason in running.missing.items())
    return (
        f"{running.canary:,} of the {case.policy.min_requests:,} pairs of answers that the dark step needs "
        f"have been compared{reset(case)}{why}"
    )


def _too_soon(elapsed: float, least: float) -> str | None:
    if elapsed >= least:
        return None
    return f"{text_format.duration(elapsed)} of the {text_format.duration(least)} that this step lasts"


def dark_for(case: Case) -> float:
    """Seconds since the canary was started; nothing is counted in the dark that could tell the time."""
    since = case.release.since
    return 0.0 if since is None else max(0.0, (case.now - since).total_seconds())


def missing_approval(case: Case) -> str | None:
    """That a person has to approve this step."""
    release = case.release
    if not case.policy.pause(release.weight).approval or release.approved == release.weight:
        return None
    command = f"sluice gate approve {release.model} --env {release.environment} --reason ..."
    return f"everything else is shown; a person has to approve: {command}"


def reset(case: Case) -> str:
    """That the step's counting began later than its weight took effect, and why; empty where it did not."""
    reading = case.observations.reading
    return "" if reading is None or reading.reset is None else f" (counted again: {reading.reset})"


def undecided_gates(case: Case) -> str | None:
    """Which gates are not shown to be non-inferior at the next weight, and about how long that takes."""
    dark = case.release.weight == 0
    if not dark and _nothing_judges(case):
        return "no gate has a ceiling (`at_most`), and a first version has nothing else to be judged by"
    undecided = [
        judgement
        for judgement in case.assessment.judgements
        if not judgement.non_inferior and (judgement.paired or not dark)
    ]
    if not undecided:
        return None
    reason = "; ".join(judgement.reason for judgement in undecided)
    lasts = [judgement.needs_seconds for judgement in undecided]
    known = [seconds for seconds in lasts if seconds is not None]
    if len(known) < len(undecided):
        return reason
    return f"{reason} (about {text_format.duration(max(known))} at this traffic)"


def unknown_cost(case: Case) -> str | None:
    """That nothing is known of a cost that has a ceiling: no figure is never a pass."""
    unknown = [figure.reason for figure in case.assessment.shown if figure.ceiling == "unknown"]
    return "; ".join(unknown) or None


def _nothing_judges(case: Case) -> bool:
    """Whether a first version would become stable whatever it answers; not where no request is asked for."""
    policy = case.policy
    ceilings = any(gate.at_most is not None for gate in policy.gates)
    return case.release.stable is None and policy.min_requests > 0 and not ceilings
