"""Two releases whose answers are compared before any user gets one, through the whole gate."""

from __future__ import annotations

from sluicegate.embedded.demo.stage import MODEL, PRODUCT
from sluicegate.gate.core import evidence
from sluicegate.gate.daemon.outcome import Outcome

SAME = PRODUCT / "models" / MODEL
DRIFT = b"      - {metric: score_drift, margin: 0.1}\n"


def shadowed(text: bytes) -> bytes:
    """A version 3 whose answers are compared; slow requests count from 2 s on, whatever else runs here."""
    text = text.replace(b"  version: 2\n", b"  version: 3\n").replace(b"over_ms: 50,", b"over_ms: 2000,")
    assert text.count(DRIFT) == text.count(b"  version: 3\n") == 1
    return text.replace(DRIFT, DRIFT + b"      - {metric: shadow, margin: 0.01}\n")


def test_a_version_that_reads_hours_as_minutes_is_rolled_back_in_the_dark(production, material):
    """With traffic its scores would show it, after 26 to 145 requests: see test_score_drift.py."""
    production.merge(material / "minutes", edit=shadowed)
    with production.live(rate=300):
        ended = production.until_ended()
    decision = ended.decision
    print(decision.reason)
    assert (decision.kind, decision.before.weight) == ("rollback", 0), decision.reason
    assert [j.gate for j in decision.judgements if j.harmful] == ["shadow"]
    assert production.answered().canary == 0
    assert production.answered().failed_stable == 0

    commit, said = production.decisions()[-1]
    assert commit.sha == ended.commit == production.tip()
    assert (said["Gate-Decision"], said["Gate-Version"], said["Gate-Weight"]) == ("rollback", "3", "0 -> 0")
    sealed = production.evidence(said["Gate-Evidence"])
    assert evidence.read(sealed).decision == decision
    assert evidence.replay(sealed) == decision
    assert production.release() == decision.release


def test_a_version_that_answers_as_stable_does_goes_on_once_its_pairs_show_it(production):
    production.merge(SAME, edit=shadowed)
    met_in_the_dark = []

    def left(outcome: Outcome) -> bool:
        if outcome.decision and outcome.decision.release.weight == 1:
            return True
        met_in_the_dark.append(production.answered().canary)
        return False

    with production.live(rate=300):
        moved = production.until(left, "leaving the dark")
        further = production.until(lambda o: o.decision and o.decision.release.weight == 5, "5 %")
    decision = moved.decision
    print(decision.reason)
    print(further.decision.reason)
    assert [(j.gate, j.bad_canary) for j in decision.judgements] == [("shadow", 0)]
    assert set(met_in_the_dark) == {0}
    dark, one = further.decision.release.counts
    assert (dark.weight, dark.traffic.canary, set(dark.tallies)) == (0, 0, {"shadow"})
    assert set(one.tallies) == {"error_rate", "slow_requests", "score_drift", "shadow"}
    for _, said in production.decisions()[-2:]:
        sealed = production.evidence(said["Gate-Evidence"])
        assert evidence.replay(sealed) == evidence.read(sealed).decision
    assert production.release() == further.decision.release
