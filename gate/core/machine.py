"""The whole decision: one pure function of the release, its policy, what was observed, and now.

The rules are listed in `RULES` in the order in which they count. Harm comes before all that could delay it:
neither hold nor freeze, deadline, missing metric nor reset counter keeps a rollback back. Missing data never
promotes, and neither does a deadline.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sluicegate.gate.core import text_format
from sluicegate.gate.core.assessment import Assessment, assess
from sluicegate.gate.core.case import Case, held, overdue
from sluicegate.gate.core.change import finished, moved, next_weight, rolled_back
from sluicegate.gate.core.counting import reset_gates
from sluicegate.gate.core.decision import Decision, Observations
from sluicegate.gate.core.hotfix import send_out
from sluicegate.gate.core.judge import Judge, judge
from sluicegate.gate.core.obstacles import obstacle
from sluicegate.gate.core.starting import start
from sluicegate.gate.core.supersession import supersede
from sluicegate.gate.core.unadopted import stay_unadopted
from sluicegate.gate.core.withdrawal import roll_back_withdrawn
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Baseline, Hold, Release

HELD_RESET_INTERVAL = timedelta(hours=1)
"""How often the counting of a held release begins again, at most."""


def decide(
    release: Release, policy: Policy, observations: Observations, now: datetime, judge: Judge = judge
) -> Decision:
    """Decide what the gate does now: the first rule that applies. Reads no clock: `now` comes from outside.

    `judge` concludes about one gate; calibration passes one that computes no interval and no sentence.
    """
    if release.canary is None:
        return start(Case(release, policy, observations, now, Assessment()))
    assessment = assess(release, policy, observations.reading, judge)
    case = Case(release, policy, observations, now, assessment)
    for rule in RULES:
        decision = rule(case)
        if decision is not None:
            return decision
    return advance(case)


def roll_back(case: Case) -> Decision | None:
    """Any gate that is shown to be harmed ends the release; the version is rejected, with the reason."""
    canary = case.release.canary
    harmful = [judgement.reason for judgement in case.assessment.judgements if judgement.harmful]
    if canary is None or not harmful:
        return None
    reason = f"{case.subject}: {'; '.join(harmful)}"
    return case.decide("rollback", reason, rolled_back(case.release, canary, reason, case.now))


def hold_when_overdue(case: Case) -> Decision | None:
    """Past its deadline a release is held at its weight, once; a deadline never promotes."""
    release = case.release
    deadline = case.policy.deadline
    if release.hold is not None or not overdue(case):
        return None
    limit = text_format.duration(deadline.total_seconds())
    cause = obstacle(case) or "all gates were within their margins only after it"
    reason = f"{case.subject}: the deadline of {limit} has passed; {cause}"
    return case.decide("hold", reason, replace(release, hold=Hold(case.now, reason)))


def reset_baseline(case: Case) -> Decision | None:
    """Commit where the step's counting begins: all of it, or that of gates whose counters were reset."""
    release = case.release
    reading = case.observations.reading
    running = case.assessment.running
    if reading is None or reading.traffic is None or (release.hold is not None and lately_reset(case)):
        return None
    whole_step = case.assessment.baseline_reset_reason
    if whole_step is not None:
        baseline = Baseline(reading.at, reading.traffic, reading.totals)
        return case.decide("wait", f"{case.subject}: {whole_step}", replace(release, baseline=baseline))
    if running is not None and running.reset and release.baseline is not None:
        baseline = reset_gates(release.baseline, reading, running.reset)
        causes = "; ".join(f"{gate}: {cause}" for gate, cause in running.reset.items())
        reason = f"{case.subject}: counted again from now, earlier counts of this step dropped: {causes}"
        return case.decide("wait", reason, replace(release, baseline=baseline))
    return None


def lately_reset(case: Case) -> bool:
    """Whether counting began so lately that a held release, which nobody watches, waits with the next reset.

    Counters that go back at every evaluation would else write a commit at each, for as long as the hold.
    """
    baseline = case.release.baseline
    if baseline is None:
        return False
    return case.now - max((baseline.at, *baseline.renewed.values())) < HELD_RESET_INTERVAL


def stay_held(case: Case) -> Decision | None:
    """Nothing advances until a person releases the hold."""
    if case.release.hold is None:
        return None
    return case.wait(f"{case.subject}: {held(case.release.hold)}")


def stay_frozen(case: Case) -> Decision | None:
    """A freeze window or the global stop keeps the weight as it is."""
    if case.observations.freeze is None:
        return None
    return case.wait(f"{case.subject}: freeze: {case.observations.freeze}")


def wait_for_evidence(case: Case) -> Decision | None:
    """Figures, enough of this step, and every gate non-inferior: without these nothing goes on."""
    cause = obstacle(case)
    return None if cause is None else case.wait(f"{case.subject}: {cause}")


def finish(case: Case) -> Decision | None:
    """At 100 % the canary becomes stable, and the former stable version the newest of the history."""
    release = case.release
    version = case.release.canary
    if release.weight != 100 or version is None:
        return None
    reason = f"{case.subject}: version {version.version} is stable"
    return case.decide("finish", reason, finished(release, version, case.now))


RULES: tuple[Callable[[Case], Decision | None], ...] = (
    roll_back,
    roll_back_withdrawn,
    stay_unadopted,
    supersede,
    hold_when_overdue,
    reset_baseline,
    stay_held,
    send_out,
    stay_frozen,
    wait_for_evidence,
    finish,
)
"""The rules of a running release: the first that decides ends the matter; where none does, it advances."""


def advance(case: Case) -> Decision:
    """Go on to the next weight."""
    release = case.release
    running = case.assessment.running
    judgements = case.assessment.judgements
    following = next_weight(case.policy, release)
    if release.weight == 0 and release.stable is None:
        why = "the canary is ready and the first version goes straight to 100 %, without evidence yet"
    elif release.weight == 0:
        why = f"the canary is ready and goes to {following} %, without evidence yet"
    elif not judgements:
        why = f"enough of this step was seen, goes to {following} %; no gate is declared"
    else:
        gates = "; ".join(judgement.reason for judgement in judgements)
        why = f"every gate is within its margin at {following} %: {gates}"
    closed = None if running is None else running.step
    return case.decide("advance", f"{case.subject}: {why}", moved(release, following, closed, case.now))
