"""Forgeries in which commit, record and chain fit each other: the signature tells."""

from __future__ import annotations

from dataclasses import replace

from support.gate_scene import RELEASE
from support.keys import P256, Key
from support.repositories import git
from support.tampering import ATTACKER, KEYS, Victim, decided, first, invented, kinds

from sluicegate.gate.adapters.signing import public_keys
from sluicegate.gate.core.evidence import Predicate


def test_a_consistent_forgery_is_found_by_its_signature(victim: Victim):
    sha = victim.decide(invented)
    assert first(victim.verify()) == ("not-signed", sha, RELEASE, victim.records()[-1].path)
    assert len(victim.verify().findings) == 1


def test_a_forgery_under_another_key(victim: Victim):
    sha = victim.decide(invented, ATTACKER.signer)
    assert first(victim.verify()) == ("untrusted-key", sha, RELEASE, victim.records()[-1].path)
    assert len(victim.verify().findings) == 1


def test_a_key_that_comes_with_the_decision_is_not_trusted(victim: Victim):
    sha = victim.decide(invented, ATTACKER.signer, environments__gate_pub=ATTACKER.public)
    assert first(victim.verify())[:2] == ("untrusted-key", sha)
    assert kinds(victim.verify()) == ["untrusted-key", "other-files"]


def test_a_key_that_came_before_the_decision_is_named_and_not_trusted_by_whoever_names_the_key(
    victim: Victim,
):
    sha = victim.commit({KEYS: ATTACKER.public}, "Rotate the key")
    forged = victim.decide(invented, ATTACKER.signer)
    report = victim.verify()
    assert report.findings == []
    assert (report.notes[-1].commit, ATTACKER.signer.keyid[:16] in report.notes[-1].text) == (sha, True)
    report = victim.verify(public_keys(victim.key.public, "here"))
    assert first(report)[:2] == ("untrusted-key", forged)


def test_without_the_keys_nothing_unsigned_is_accepted_any_more(victim: Victim):
    work = victim.bare.parent / "work"
    git("clone", "--quiet", str(victim.bare), str(work), cwd=victim.bare.parent)
    git("rm", "--quiet", KEYS, cwd=work)
    git("commit", "--quiet", "-m", "No keys", cwd=work)
    git("push", "--quiet", "origin", "main", cwd=work)
    removal = victim.tip()
    forged = victim.decide(invented)
    assert [(one.kind, one.commit) for one in victim.verify().findings] == [
        ("keys-removed", removal),
        ("not-signed", forged),
    ]


def test_keys_that_cannot_be_read_trust_nobody(victim: Victim):
    sha = victim.commit({KEYS: b"no key\n"}, "Break it")
    signed = victim.decide(invented, victim.key.signer)
    assert [(one.kind, one.commit) for one in victim.verify().findings] == [
        ("keys-unreadable", sha),
        ("untrusted-key", signed),
    ]


def test_a_key_is_rotated(victim: Victim):
    new = Key(P256)
    victim.commit({KEYS: b"old\n" + victim.key.public + b"new\n" + new.public}, "Add the new key")
    victim.decide(invented, new.signer)
    victim.commit({KEYS: new.public}, "Drop the old one")
    report = victim.verify()
    assert report.findings == []
    assert report.signed == report.decisions
    victim.decide(lambda one: decided(with_command(one, "hold")), victim.key.signer)
    assert kinds(victim.verify()) == ["untrusted-key"]


def with_command(predicate: Predicate, name: str) -> Predicate:
    command = replace(predicate.inputs.command, name=name, reason="again")
    return replace(predicate, inputs=replace(predicate.inputs, command=command))
