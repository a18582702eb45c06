"""Departure in minutes after midnight, where live rows have hours: no request fails, only the scores move.

Over eight seeds of the router 26 to 145 requests were touched, at 1 or 5 %.
"""

from sluicegate.gate.core import evidence


def test_a_version_that_reads_hours_as_minutes_is_rolled_back_on_its_scores(production, material):
    production.merge(material / "minutes")
    with production.live():
        ended = production.until_ended()
    counted = production.answered()
    print(f"touched {counted.canary} canary requests of {counted.canary + counted.stable}")

    decision = ended.decision
    assert decision.kind == "rollback", decision.reason
    assert [j.gate for j in decision.judgements if j.harmful] == ["score_drift"]
    assert decision.before.weight <= 5
    assert 0 < counted.canary < 500
    assert counted.failed_stable == 0
    (errors,) = (j for j in decision.judgements if j.gate == "error_rate")
    assert errors.bad_canary == 0

    commit, said = production.decisions()[-1]
    assert commit.sha == ended.commit == production.tip()
    assert said["Gate-Model"] == "flight-delay"
    assert said["Gate-Environment"] == "production"
    assert (said["Gate-Decision"], said["Gate-Version"]) == ("rollback", "3")
    assert said["Gate-Weight"] == f"{decision.before.weight} -> 0"
    sealed = production.evidence(said["Gate-Evidence"])
    assert evidence.read(sealed).decision == decision
    assert evidence.replay(sealed) == decision
    assert production.release() == decision.release
