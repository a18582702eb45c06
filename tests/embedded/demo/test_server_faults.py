"""What dies, hangs or starts anew in mid-canary. The canary is version 2, an honest one, beside version 1."""

import contextlib
import os
import signal

import pytest

from sluicegate.embedded.demo.stage import MODEL, PRODUCT
from sluicegate.gate.core import evidence

STEPS = [5, 50, 100]
"""A first step of 5 %: it lasts thousands of requests, and a server that is down for a second shows in it."""


def beside_version_1(start, material, window=None):
    production = start(material / "v1", STEPS, window)
    production.merge(PRODUCT / "models" / MODEL)
    return production


@pytest.fixture
def canary(start, material):
    """Version 2 as a canary beside version 1, dark still."""
    return beside_version_1(start, material)


def test_a_canary_whose_server_hangs_is_rolled_back_on_what_the_gateway_counts(canary, request):
    with canary.live():
        before = canary.until_counting(5, 40)
        assert [j.bad_canary for j in before.decision.judgements if j.gate == "error_rate"] == [0]
        pid = canary.server_pid("canary")
        request.addfinalizer(lambda: resume(pid))
        os.kill(pid, signal.SIGSTOP)
        ended = canary.until_ended()
    assert ended.decision.kind == "rollback", ended.decision.reason
    harmful = {j.gate: j for j in ended.decision.judgements if j.harmful}
    assert "error_rate" in harmful
    assert harmful["error_rate"].bad_stable == 0

    answers = canary.codes()
    print(f"canary {answers['canary']}, stable {answers['stable']}")
    assert set(answers["canary"]) == {"200", "504"}
    assert answers["canary"]["504"] >= harmful["error_rate"].bad_canary > 0
    assert set(answers["stable"]) == {"200"}
    commit, said = canary.decisions()[-1]
    assert (commit.sha, said["Gate-Weight"]) == (ended.commit, "5 -> 0")
    assert evidence.replay(canary.evidence(said["Gate-Evidence"])) == ended.decision


def test_a_canary_whose_server_dies_once_and_starts_again_is_one_moment_and_not_rolled_back(start, material):
    # A busy machine takes seconds to start a server, and a moment is what lies within a window.
    canary = beside_version_1(start, material, window="10s")
    with canary.live():
        canary.until_counting(5, 40)
        os.kill(canary.server_pid("canary"), signal.SIGKILL)
        canary.until(lambda _: canary.codes()["canary"].get("502"), "requests that died with the server")
        answered = canary.answered().canary
        later = canary.until(lambda _: canary.answered().canary >= answered + 100, "it to answer again")
    assert later.decision.kind == "wait", later.decision.reason


def resume(pid: int) -> None:
    """Let a stopped server obey its end."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def test_without_metrics_the_gate_waits_and_a_restarted_gateway_is_counted_anew(canary):
    with canary.live():
        canary.until_counting(5, 40)
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
        going_on = canary.until_counting(5, 20)
    assert going_on.decision.before == old, "nothing is committed where counting begins"
    assert canary.tip() == tip
    # Nothing of what was counted before is added: what is judged is what this gateway has seen.
    assert going_on.requests.canary <= canary.answered().canary


def test_another_bot_goes_on_from_what_the_repository_and_the_gateway_say(canary):
    with canary.live():
        canary.until_counting(5, 60)
    first = canary.look()
    tip, release = canary.tip(), canary.release()
    canary.restart_bot()
    second = canary.look()
    assert second.requests.canary >= first.requests.canary >= 60
    assert (second.decision.kind, second.commit) == ("wait", None)
    assert second.decision.before == release
    assert canary.tip() == tip


def test_a_restarted_stable_server_blames_no_canary(canary):
    with canary.live():
        counted = canary.until_counting(5, 40)
        os.kill(canary.server_pid("stable"), signal.SIGKILL)
        seen = canary.until(
            lambda outcome: canary.codes()["stable"].get("502"), "requests that stable failed to answer"
        )
        assert seen.decision.kind != "rollback", seen.decision.reason
        ended = canary.until_ended()
    assert counted.decision.kind == "wait"
    assert ended.decision.kind == "finish", ended.decision.reason
    assert set(canary.codes()["canary"]) == {"200"}
