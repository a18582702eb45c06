"""The whole decision: one pure function of the release, its policy, what was seen, and now.

The rules stand in `decide` in the order in which they count. Harm comes before all that could delay it:
neither hold nor freeze, deadline, missing metric nor restarted counter keeps a rollback back. What is
missing never promotes, and neither does a deadline.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sluicegate.gate.core import text_format as words
from sluicegate.gate.core.assessment import Assessment, assess, problems
from sluicegate.gate.core.change import finished, moved, next_weight, rolled_back, same, started
from sluicegate.gate.core.counting import renew
from sluicegate.gate.core.decision import Decision, DecisionKind, Observations
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Baseline, Hold, Release, Version

ANEW_WHEN_HELD = timedelta(hours=1)
"""How often a held release begins to count anew, at most."""


def decide(release: Release, policy: Policy, seen: Observations, now: datetime) -> Decision:
    """Say what the gate does now. Reads no clock: `now` and every figure come from outside."""
    if release.canary is None:
        return start(Case(release, policy, seen, now, Assessment()))
    case = Case(release, policy, seen, now, assess(release, policy, seen.reading))
    return (
        roll_back(case)
        or hold_when_overdue(case)
        or begin_counting(case)
        or stay_held(case)
        or stay_frozen(case)
        or wait_for_sight(case)
        or wait_for_requests(case)
        or wait_for_proof(case)
        or finish(case)
        or advance(case)
    )


@dataclass(frozen=True)
class Case:
    """All that a rule may ask."""

    release: Release
    policy: Policy
    seen: Observations
    now: datetime
    assessment: Assessment

    @property
    def place(self) -> str:
        """`production at 5 %`."""
        return f"{self.release.environment} at {self.release.weight} %"

    def say(self, kind: DecisionKind, reason: str, after: Release | None = None) -> Decision:
        """Decide; a newer version that has to wait for this release is named in the reason."""
        canary, newer = self.release.canary, self.seen.candidate
        if canary is not None and newer is not None and newer.version > canary.version:
            reason += f"; version {newer.version} waits until this release has ended"
        after = self.release if after is None else after
        return Decision(kind, reason, self.release, after, self.assessment.judgements)


# --- nothing runs ---


def start(case: Case) -> Decision:
    """Start the newest version dark, at weight 0, unless something speaks against it."""
    release, version = case.release, case.seen.candidate
    if version is None:
        return case.say("wait", f"{release.environment}: no version has been merged")
    why = why_not_start(case, version)
    if why is not None:
        return case.say("wait", f"{release.environment}: {why}")
    after = started(release, version, case.now)
    instead = f"beside version {release.stable.version}" if release.stable else "as the first version"
    return case.say(
        "advance", f"{release.environment}: version {version.version} starts dark, {instead}", after
    )


def why_not_start(case: Case, version: Version) -> str | None:
    """Why this version does not start by itself; None when it does."""
    release, stable, upstream = case.release, case.release.stable, case.seen.upstream
    if stable is not None and same(version, stable):
        return f"version {version.version} is stable, nothing is newer"
    if stable is not None and version.version <= stable.version:
        return (
            f"version {version.version} does not start by itself: version {stable.version} is stable, "
            "and only a higher number starts"
        )
    for rejection in release.rejected:
        if (rejection.version, rejection.digest) == (version.version, version.digest):
            return f"version {version.version} was rejected, retry it or merge another: {rejection.reason}"
    if upstream is None or not same(version, upstream):
        there = "nothing" if upstream is None else f"version {upstream.version}"
        return (
            f"version {version.version} waits until it is stable in the environment before, which has {there}"
        )
    if release.hold is not None:
        return held(release.hold)
    return f"freeze: {case.seen.freeze}" if case.seen.freeze is not None else None


# --- a release runs: the rules, in their order ---


def roll_back(case: Case) -> Decision | None:
    """Any gate that shows harm ends the release; the version is rejected, with the reason."""
    canary = case.release.canary
    harmful = [judgement.reason for judgement in case.assessment.judgements if judgement.harm]
    if canary is None or not harmful:
        return None
    reason = f"{case.place}: " + "; ".join(harmful)
    return case.say("rollback", reason, rolled_back(case.release, canary, reason, case.now))


def begin_counting(case: Case) -> Decision | None:
    """Commit from where the step is counted: the whole of it, or a single gate whose counters began anew."""
    assessment, reading, release = case.assessment, case.seen.reading, case.release
    if release.hold is not None and just_begun(case):
        return None
    if assessment.begin is not None and reading is not None and reading.traffic is not None:
        baseline = Baseline(reading.at, reading.traffic, reading.totals)
        return case.say("wait", f"{case.place}: {assessment.begin}", replace(release, baseline=baseline))
    if (
        assessment.running is not None
        and assessment.running.anew
        and reading is not None
        and release.baseline is not None
    ):
        baseline = renew(release.baseline, reading, assessment.running.anew)
        why = "; ".join(f"{gate}: {reason}" for gate, reason in assessment.running.anew.items())
        reason = f"{case.place}: counted anew in this step, nothing added up: {why}"
        return case.say("wait", reason, replace(release, baseline=baseline))
    return None


def just_begun(case: Case) -> bool:
    """Whether some counting began so lately that a held release, which nobody watches, waits with the next.

    Counters that go back at every look would else write a commit at every look, for as long as the hold.
    """
    baseline = case.release.baseline
    if baseline is None:
        return False
    return case.now - max((baseline.at, *baseline.renewed.values())) < ANEW_WHEN_HELD


def stay_held(case: Case) -> Decision | None:
    """Nothing advances until a person releases the hold."""
    return case.say("wait", f"{case.place}: {held(case.release.hold)}") if case.release.hold else None


def hold_when_overdue(case: Case) -> Decision | None:
    """Past its deadline a release is held where it stands, once; a deadline never promotes."""
    release, deadline = case.release, case.policy.deadline
    if release.hold is not None or release.started is None or case.now - release.started <= deadline:
        return None
    wanting = unmet(case) or "all gates were proven only after it"
    reason = f"{case.place}: the deadline of {words.duration(deadline.total_seconds())} has passed; {wanting}"
    return case.say("hold", reason, replace(release, hold=Hold(case.now, reason)))


def stay_frozen(case: Case) -> Decision | None:
    """A freeze window or the global stop keeps the weight as it is."""
    return (
        case.say("wait", f"{case.place}: freeze: {case.seen.freeze}")
        if case.seen.freeze is not None
        else None
    )


def wait_for_sight(case: Case) -> Decision | None:
    """Without figures, or without the canary ready, there is nothing to go by."""
    return _wait(case, unseen(case))


def wait_for_requests(case: Case) -> Decision | None:
    """Each step is seen for a while, and with requests of its own."""
    return _wait(case, too_little(case))


def wait_for_proof(case: Case) -> Decision | None:
    """Every gate must prove the next weight."""
    return _wait(case, unproven(case))


def finish(case: Case) -> Decision | None:
    """At 100 % the canary becomes stable, and the former stable version the newest of the history."""
    release, version = case.release, case.release.canary
    if release.weight != 100 or version is None:
        return None
    return case.say(
        "finish", f"{case.place}: version {version.version} is stable", finished(release, version, case.now)
    )


def advance(case: Case) -> Decision:
    """Go on to the next weight."""
    release, running = case.release, case.assessment.running
    following = next_weight(case.policy, release)
    if release.weight == 0:
        first = (
            "the first version goes straight to 100 %" if release.stable is None else f"goes to {following} %"
        )
        reason = f"{case.place}: the canary is ready and {first}, without evidence yet"
    elif not case.assessment.judgements:
        reason = f"{case.place}: seen enough, goes to {following} %; no gate is declared"
    else:
        proofs = "; ".join(judgement.reason for judgement in case.assessment.judgements)
        reason = f"{case.place}: every gate is proven for {following} %: {proofs}"
    return case.say(
        "advance", reason, moved(release, following, None if running is None else running.step, case.now)
    )


# --- what is wanting, in words ---


def unmet(case: Case) -> str | None:
    """The first thing that keeps this release from going on; None when nothing does."""
    return unseen(case) or too_little(case) or unproven(case)


def unseen(case: Case) -> str | None:
    """What cannot be seen."""
    reading = case.seen.reading
    if case.assessment.blind is not None or case.assessment.begin is not None:
        return case.assessment.blind or case.assessment.begin
    if reading is None or not reading.ready:
        return f"the canary is not ready{problems(reading) if reading is not None else ''}"
    return None


def too_little(case: Case) -> str | None:
    """How much of this step has still to be seen."""
    release, policy, running = case.release, case.policy, case.assessment.running
    if release.weight == 0:
        return None
    began = release.baseline.at if release.baseline is not None else release.since
    elapsed = (case.now - began).total_seconds() if began is not None else 0.0
    if running is not None and running.canary < policy.min_requests:
        return f"the canary has had {running.canary:,} of this step's {policy.min_requests:,} requests"
    if elapsed < policy.min_seconds:
        return f"{words.duration(elapsed)} of the {words.duration(policy.min_seconds)} that this step lasts"
    return None


def unproven(case: Case) -> str | None:
    """Which gates have not proven the next weight, and about how long it takes."""
    release, running = case.release, case.assessment.running
    if not 0 < release.weight < 100:
        return None
    open_gates = [judgement for judgement in case.assessment.judgements if not judgement.proven]
    if not open_gates:
        return None
    reason = "; ".join(judgement.reason for judgement in open_gates)
    needs = [judgement.needs for judgement in open_gates if judgement.needs is not None]
    if len(needs) == len(open_gates) and running is not None and release.baseline is not None:
        requests = running.step.traffic.canary + running.step.traffic.stable
        elapsed = (case.now - release.baseline.at).total_seconds()
        if requests > 0 and elapsed > 0:
            reason += f" (about {words.duration(max(needs) * elapsed / requests)} at this traffic)"
    return reason


def held(hold: Hold) -> str:
    """Say that it is held, since when and why, and how to go on."""
    return f"held since {hold.since.isoformat()}: {hold.reason}; release the hold to go on"


def _wait(case: Case, why: str | None) -> Decision | None:
    return None if why is None else case.say("wait", f"{case.place}: {why}")
