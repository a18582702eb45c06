"""What dies, hangs or starts anew in mid-canary. The canary is version 2, an honest one, beside version 1."""

import contextlib
import os
import signal

import pytest

from sluicegate.embedded.demo.stage import MODEL, PRODUCT
from sluicegate.gate.core import evidence

STEPS = [5, 50, 100]
"""A first step of 5 %: it lasts thousands of requests, and a server that is down for a second shows in it."""


@pytest.fixture
def canary(start, material):
    """Version 2 as a canary beside version 1, dark still."""
    production = start(material / "v1", STEPS)
    production.merge(PRODUCT / "models" / MODEL)
    return production


@pytest.mark.parametrize(
    ("fault", "code"), [(signal.SIGKILL, "502"), (signal.SIGSTOP, "504")], ids=["killed", "hanging"]
)
def test_a_canary_whose_server_fails_is_rolled_back_on_what_the_gateway_counts(canary, fault, code, request):
    with canary.live():
        before = canary.until_counting(5, 40)
        assert [j.bad_canary for j in before.decision.judgements if j.gate == "error_rate"] == [0]
        pid = canary.server_pid("canary")
        request.addfinalizer(lambda: resume(pid))
        os.kill(pid, fault)
        ended = canary.until_ended()
    assert ended.decision.kind == "rollback", ended.decision.reason
    harmful = {j.gate: j for j in ended.decision.judgements if j.harmful}
    assert "error_rate" in harmful
    assert harmful["error_rate"].bad_stable == 0

    answers = canary.codes()
    print(f"canary {answers['canary']}, stable {answers['stable']}")
    assert set(answers["canary"]) == {"200", code}
    assert answers["canary"][code] >= harmful["error_rate"].bad_canary > 0
    assert set(answers["stable"]) == {"200"}
    commit, said = canary.decisions()[-1]
    assert (commit.sha, said["Gate-Weight"]) == (ended.commit, "5 -> 0")
    assert evidence.replay(canary.evidence(said["Gate-Evidence"])) == ended.decision


def resume(pid: int) -> None:
    """Let a stopped server obey its end."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def test_without_metrics_the_gate_waits_and_a_restarted_gateway_is_counted_anew(canary):
    with canary.live():
        before = canary.until_counting(5, 40)
    old = canary.release()
    port = int(canary.runtime.url.rpartition(":")[2])
    tip = canary.tip()
    canary.runtime.stop()
    for _ in range(3):
        blind = canary.look()
        assert (blind.decision.kind, blind.commit) == ("wait", None)
        assert "the gateway gives no figures" in blind.decision.reason
    assert canary.tip() == tip

    canary.start_runtime(port)
    canary.runtime.wait_for("flight-delay", {"stable": (1, 95), "canary": (2, 5)})
    with canary.live():
        anew = canary.until(lambda outcome: outcome.commit, "the step to be counted anew")
        going_on = canary.until_counting(5, 40)
    assert anew.decision.kind == "wait"
    assert anew.decision.before.baseline == old.baseline
    assert anew.requests.canary < before.requests.canary
    commit, said = canary.decisions()[-1]
    assert (commit.sha, said["Gate-Weight"]) == (anew.commit, "5 -> 5")
    assert "counting begins again: the gateway restarted" in commit.message
    renewed = canary.release()
    assert renewed.baseline.at > old.baseline.at
    assert (renewed.since, renewed.weight, renewed.counts) == (old.since, old.weight, old.counts)
    # Nothing of what was counted before is added: what is judged is what this gateway has seen.
    counted = canary.answered()
    assert going_on.requests.canary <= counted.canary
    judged = {j.gate: j.canary_requests for j in going_on.decision.judgements}
    assert judged["error_rate"] == going_on.requests.canary


def test_another_bot_goes_on_from_what_the_repository_says(canary):
    with canary.live():
        canary.until_counting(5, 60)
    first = canary.look()
    tip, release = canary.tip(), canary.release()
    canary.restart_bot()
    second = canary.look()
    assert second.requests == first.requests
    assert second.requests.canary >= 60
    assert second.decision.judgements == first.decision.judgements
    assert (second.decision.kind, second.commit) == ("wait", None)
    assert second.decision.before == release
    assert canary.tip() == tip

    with canary.live():
        further = canary.until(
            lambda o: o.requests.canary > second.requests.canary + 20, "the same step to be counted on"
        )
    assert further.decision.before.baseline == release.baseline


def test_a_restarted_stable_server_blames_no_canary(canary):
    with canary.live():
        canary.until_counting(5, 40)
        os.kill(canary.server_pid("stable"), signal.SIGKILL)
        anew = canary.until(lambda outcome: outcome.commit, "scores to be counted anew")
        assert anew.decision.kind == "wait", anew.decision.reason
        canary.until_counting(5, anew.requests.canary + 40)
    assert list(anew.decision.release.baseline.renewed) == ["score_drift"]
    commit, said = canary.decisions()[-1]
    assert said["Gate-Decision"] == "wait"
    assert "score_drift: the stable server restarted" in commit.message
    (errors,) = (j for j in anew.decision.judgements if j.gate == "error_rate")
    assert errors.bad_stable > 0
    assert errors.bad_canary == 0
    assert set(canary.codes()["stable"]) == {"200", "502"}
