"""Evidence: a record holds all that is needed to decide again, and to the byte the same."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.releases import ERRORS, T0, V1, V2, closed, delta, reading, windows

from sluicegate.gate.core.commands import Command, apply_command
from sluicegate.gate.core.decision import Observations, Reading
from sluicegate.gate.core.envelope import EARLIER, EvidenceError, digest, envelope, open_envelope
from sluicegate.gate.core.evidence import Provenance, read, record, replay, without_words
from sluicegate.gate.core.machine import decide
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import Rejection, Release, Step, Tally, Traffic

BY = Provenance("sluicegate 0.1.0", "c" * 40, "a" * 40, V2.revision, None)
AFTER = replace(BY, previous="sha256:before")
NOW = T0 + timedelta(seconds=61.5)
POLICY = Policy((1, 5, 25, 100), (ERRORS, Gate("score_drift", 0.1, two_sided=True, kinds=2)), min_seconds=1.5)
AT_5 = Release(
    "flight-delay",
    "production",
    stable=V1,
    canary=V2,
    weight=5,
    started=T0,
    since=T0,
    counts=(
        closed(1, 20, 1980, error_rate=(20, 1980, 0, 6)),
        Step(2, Traffic(20, 980), {"error_rate": Tally(delta(10, 490), (delta(10, 490, 3, 3),))}),
    ),
    history=(replace(V1, version=0),),
    rejected=(Rejection(3, "sha256:3", "slow — “très”"),),
)


def observed(bad_canary):
    counts = {
        "error_rate": (1000, 19_000, bad_canary, 60),
        "score_drift": (1000, 19_000, (500, 100), (9500, 1900)),
    }
    seen = windows(12, 1000, 19_000, seconds=5.5, **counts)
    return Observations(V2, V2, Reading(NOW, 5, True, seen, problems=("x",)))


CASES = {
    "advance": (AT_5, observed(3)),
    "rollback": (AT_5, observed(300)),
    "start": (replace(AT_5, canary=None, weight=0), Observations(V2, V2)),
    "infinite interval": (
        replace(AT_5, counts=()),
        replace(observed(3), reading=reading(5, missing={"error_rate": "no data"})),
    ),
    "freeze": (AT_5, replace(observed(3), freeze="night")),
    "empty": (Release("m", "dev"), Observations()),
}


@pytest.mark.parametrize("case", CASES)
def test_replay_decides_the_same(case):
    release, observations = CASES[case]
    decision = decide(release, POLICY, observations, NOW)
    assert case not in ("advance", "rollback") or decision.kind == case
    sealed = envelope(record(decision, POLICY, observations, NOW, BY))
    assert read(sealed).decision == decision
    assert replay(sealed) == decision


@pytest.mark.parametrize(
    "command", [Command("hold", "audit"), Command("promote", "hotfix", to=99), Command("rollback", "no")]
)
def test_replay_of_a_command(command):
    decision = apply_command(command, AT_5, POLICY, observed(3), NOW)
    sealed = envelope(record(decision, POLICY, observed(3), NOW, AFTER, command))
    assert replay(sealed) == read(sealed).decision == decision


RECORDED = sorted((Path(__file__).parent / "recorded").glob("*.json"))
"""Envelopes that the gate wrote before its words were changed, byte for byte."""


def test_there_is_old_evidence_of_each_kind():
    assert [path.stem for path in RECORDED] == ["advance", "counter-reset", "promote", "rollback"]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_old_evidence_is_known_as_such_and_not_decided_again(path):
    opened = open_envelope(path.read_bytes())
    assert opened.earlier
    assert opened.previous is None or opened.previous.startswith("sha256:")
    with pytest.raises(EvidenceError, match="earlier rule"):
        read(path.read_bytes())


@pytest.mark.parametrize("earlier", EARLIER[1:])
def test_a_record_of_a_rule_before_names_the_one_before_it_and_is_not_decided_again(earlier):
    statement = record(decide(AT_5, POLICY, observed(3), NOW), POLICY, observed(3), NOW, AFTER)
    sealed = envelope({**statement, "predicateType": earlier})
    opened = open_envelope(sealed)
    assert (opened.earlier, opened.previous) == (True, "sha256:before")
    with pytest.raises(EvidenceError, match="earlier rule"):
        read(sealed)


def test_the_statement_is_in_toto_and_the_envelope_dsse():
    decision = decide(AT_5, POLICY, observed(3), NOW)
    statement = record(decision, POLICY, observed(3), NOW, AFTER)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://sluicegate.dev/evidence/v4"
    assert statement["subject"] == [{"name": "flight-delay", "digest": {"sha256": "2" * 64}}]
    assert statement["predicate"]["provenance"] == {
        "code": "sluicegate 0.1.0",
        "code_commit": "c" * 40,
        "parent": "a" * 40,
        "policy_revision": "2" * 40,
        "previous": "sha256:before",
    }
    assert statement["predicate"]["inputs"]["now"] == "2024-06-01T12:01:01.500000+00:00"
    sealed = json.loads(envelope(statement))
    assert sealed["payloadType"] == "application/vnd.in-toto+json"
    assert sealed["signatures"] == []
    assert json.loads(base64.b64decode(sealed["payload"])) == statement


def test_the_record_says_what_a_failure_was_and_where_it_was_counted():
    slow = replace(POLICY.gates[0], parameters={"over_ms": (50.0,)})
    policy = replace(POLICY, gates=(slow, POLICY.gates[1]))
    observations = replace(observed(3), source="scrape http://gateway.models:8080")
    decision = decide(AT_5, policy, observations, NOW)
    sealed = envelope(record(decision, policy, observations, NOW, BY))
    inputs = read(sealed).inputs
    assert inputs.policy.gates[0].parameters == {"over_ms": (50.0,)}
    assert inputs.observations.source == "scrape http://gateway.models:8080"
    assert replay(sealed) == decision


def test_equal_decisions_give_equal_bytes_and_any_change_another_digest():
    decision = decide(AT_5, POLICY, observed(3), NOW)
    one = envelope(record(decision, POLICY, observed(3), NOW, BY))
    assert envelope(record(decision, POLICY, observed(3), NOW, BY)) == one
    other = envelope(record(decision, POLICY, observed(3), NOW, replace(BY, code="sluicegate 0.1.1")))
    assert digest(other) != digest(one)
    assert digest(one).startswith("sha256:")
    assert len(digest(one)) == 71


def test_a_record_whose_counts_were_changed_no_longer_replays():
    decision = decide(AT_5, POLICY, observed(300), NOW)
    statement = record(decision, POLICY, observed(300), NOW, BY)
    for window in statement["predicate"]["inputs"]["observations"]["reading"]["windows"]:
        window["tallies"]["error_rate"]["bad_canary"] = [0]
    forged = envelope(statement)
    assert replay(forged) != read(forged).decision


@pytest.mark.parametrize(
    "damage",
    [
        lambda s: s["predicate"].pop("provenance"),
        lambda s: s["predicate"]["inputs"].update(extra=1),
        lambda s: s["predicate"]["inputs"].update(now="yesterday"),
        lambda s: s["predicate"]["inputs"]["policy"].update(alpha="0.05"),
        lambda s: s["predicate"]["decision"].update(kind="approve"),
        lambda s: s["subject"][0]["digest"].update(sha256="0" * 64),
        lambda s: s.update(predicateType="https://slsa.dev/provenance/v1"),
        lambda s: s.pop("subject"),
    ],
)
def test_damaged_records_are_refused(damage):
    decision = decide(AT_5, POLICY, observed(3), NOW)
    statement = record(decision, POLICY, observed(3), NOW, BY)
    damage(statement)
    with pytest.raises(EvidenceError):
        replay(envelope(statement))


def test_without_words_two_decisions_differ_only_where_they_decide_otherwise():
    rollback = decide(AT_5, POLICY, observed(300), NOW)
    other = replace(rollback, reason="in other words")
    assert other != rollback and without_words(other) == without_words(rollback)
    assert without_words(decide(AT_5, POLICY, observed(3), NOW)) != without_words(rollback)


def test_how_many_more_requests_it_takes_is_an_estimate_that_other_code_may_make_otherwise():
    waiting = decide(AT_5, POLICY, observed(0), NOW)
    judgements = tuple(replace(judgement, needs=7) for judgement in waiting.judgements)
    other = replace(waiting, judgements=judgements)
    assert judgements and other != waiting and without_words(other) == without_words(waiting)
