"""The whole decision: one pure function of the release, its policy, what was observed, and now.

The rules are listed in `RULES` in the order in which they count. Harm comes before all that could delay it:
neither hold nor freeze, deadline, missing metric, reset counter nor wrong split keeps a rollback back.
Missing data never promotes, and neither does a deadline.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sluicegate.gate.core import text_format
from sluicegate.gate.core.assessment import Assessment, assess, split_reason
from sluicegate.gate.core.case import Case, held, overdue
from sluicegate.gate.core.change import (
    finished,
    moved,
    next_weight,
    rolled_back,
    runs_baseline,
    suspended,
)
from sluicegate.gate.core.decision import Decision, Judgement, Observations
from sluicegate.gate.core.hotfix import send_out
from sluicegate.gate.core.judge import Judge, judge
from sluicegate.gate.core.obstacles import obstacle
from sluicegate.gate.core.smoke import passed, take_back
from sluicegate.gate.core.starting import start
from sluicegate.gate.core.supersession import supersede
from sluicegate.gate.core.tallying import closed_step
from sluicegate.gate.core.unadopted import go_back, stay_unadopted
from sluicegate.gate.core.withdrawal import roll_back_withdrawn
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Hold, Release


def decide(
    release: Release, policy: Policy, observations: Observations, now: datetime, judge: Judge = judge
) -> Decision:
    """Decide what the gate does now: the first rule that applies. Reads no clock: `now` comes from outside.

    `judge` concludes about one gate; calibration passes one that computes no interval and no sentence.
    """
    if release.canary is None:
        at_rest = Case(release, policy, observations, now, Assessment())
        return go_back(at_rest) or start(at_rest)
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


def suspend_when_split_is_wrong(case: Case) -> Decision | None:
    """After some windows of a wrong split stable gets all traffic; the version is not rejected."""
    wrong = case.assessment.wrong_split
    if wrong is None or wrong.windows < case.policy.split_windows:
        return None
    why = split_reason(case.release.weight, wrong)
    return suspend(case, f"{why}; seen for {wrong.windows} windows")


def suspend_when_blind(case: Case) -> Decision | None:
    """Without figures for long, stable gets all traffic; the version is not rejected."""
    since = case.observations.blind_since
    blind_for = case.policy.blind_for
    if since is None or case.now - since <= blind_for:
        return None
    limit = text_format.duration(blind_for.total_seconds())
    cause = case.never_counted or obstacle(case) or "figures are missing"
    return suspend(case, f"without figures for more than {limit}: {cause}")


def suspend(case: Case, why: str) -> Decision | None:
    """Give stable all traffic, where there is any to give and a stable version to give it to."""
    release = case.release
    if release.weight == 0 or release.stable is None:
        return None
    reason = f"{case.subject}: stable gets all traffic, the version is not rejected: {why}"
    # A person's hold outlasts it: whoever released the gate's would release theirs as well.
    hold = Hold(case.now, reason) if release.hold is None else release.hold
    return case.decide("hold", reason, suspended(release, hold, case.now))


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


def hold_when_dear(case: Case) -> Decision | None:
    """A canary whose answers are shown to cost more than they may is held at its weight, not rolled back.

    Once in a step: whoever releases a hold accepts what it costs until the next weight.
    """
    above = [figure.reason for figure in case.assessment.shown if figure.ceiling == "above"]
    accepted = case.release.released == case.release.weight
    if case.release.hold is not None or not above or accepted:
        return None
    accept = "release the hold to accept that at this step, or roll back"
    reason = f"{case.subject}: {'; '.join(above)}; {accept}"
    return case.decide("hold", reason, replace(case.release, hold=Hold(case.now, reason)))


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
    take_back,
    roll_back_withdrawn,
    suspend_when_split_is_wrong,
    suspend_when_blind,
    go_back,
    stay_unadopted,
    supersede,
    hold_when_overdue,
    hold_when_dear,
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
    baseline = runs_baseline(case.policy, release, following)
    if release.weight == 0 and release.stable is None:
        why = f"the canary is ready and the first version goes straight to 100 %{passed(case)}"
    elif release.weight == 0:
        beside = f" beside a baseline of {following} %" if baseline else ""
        why = f"the canary is ready and goes to {following} %{beside}{passed(case)}{_proven(judgements)}"
    elif not judgements:
        why = f"enough of this step was seen, goes to {following} %; no gate is declared"
    else:
        why = f"every gate is within its margin at {following} %: {_reasons(judgements)}"
    step = None if running is None else closed_step(running.step, case.policy, following)
    since = case.observations.counted_from(case.now)
    after = moved(release, following, step, since, baseline=baseline)
    return case.decide("advance", f"{case.subject}: {why}", after)


def _proven(judgements: Sequence[Judgement]) -> str:
    """What was shown in the dark, to follow the words that say where it goes."""
    return f"; {_reasons(judgements)}" if judgements else ""


def _reasons(judgements: Sequence[Judgement]) -> str:
    return "; ".join(judgement.reason for judgement in judgements)
