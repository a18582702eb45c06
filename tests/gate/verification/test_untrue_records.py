"""What the gate's own key cannot make true."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from support.gate_scene import RELEASE, Scene
from support.tampering import ATTACKER, Victim, changed, decided, first, invented, kinds, seal, stored

from sluicegate.gate.adapters.git.repository import AUTHOR, MAIN
from sluicegate.gate.core import evidence
from sluicegate.gate.core.evidence import Predicate
from sluicegate.specs import layout
from sluicegate.specs.policy import Policy


def test_a_record_in_the_place_of_another_release(victim: Victim):
    records = victim.records()
    last = victim.decisions()[-1]
    path = layout.record_path("production", "n", 1, records[-1].digest)
    victim.rewrite_evidence([*records[:-1], replace(records[-1], path=path)])
    kind, commit, _, record = first(victim.verify())
    assert (kind, commit, record) == ("order", last.sha, path)
    assert "other-release" in kinds(victim.verify())


def beginning_told_twice(one: Predicate) -> Predicate:
    """The decision says another state before it than the inputs that it was made from."""
    one = invented(one)
    return replace(one, decision=replace(one.decision, before=replace(one.decision.before, history=())))


def loosened(one: Predicate) -> Predicate:
    return decided(replace(one, inputs=replace(invented(one).inputs, policy=Policy((100,), (), alpha=0.9))))


def elsewhere(one: Predicate) -> Predicate:
    one = invented(one)
    return replace(one, provenance=replace(one.provenance, parent="a" * 40))


def another_result(one: Predicate) -> Predicate:
    one = invented(one)
    return replace(one, decision=replace(one.decision, kind="finish"))


def another_beginning(one: Predicate) -> Predicate:
    weight = replace(one.inputs.release, history=())
    return invented(replace(one, inputs=replace(one.inputs, release=weight)))


def foreign_policy_revision(one: Predicate) -> Predicate:
    one = invented(one)
    return replace(one, provenance=replace(one.provenance, policy_revision="b" * 40))


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (loosened, "other-policy"),
        (foreign_policy_revision, "other-policy"),
        (elsewhere, "other-parent"),
        (another_result, "other-decision"),
        (another_beginning, "other-before"),
        (beginning_told_twice, "other-before"),
    ],
)
def test_a_signed_record_that_is_not_true(
    victim: Victim, change: Callable[[Predicate], Predicate], kind: str
):
    sha = victim.decide(change, victim.key.signer)
    assert first(victim.verify()) == (kind, sha, RELEASE, victim.records()[-1].path)


def test_counts_that_were_invented_give_another_decision(victim: Victim):
    """The rollback's own record, signed again with no failures on the canary."""
    records = victim.records()
    (number,) = [i for i, one in enumerate(victim.decisions()) if "Gate-Decision: rollback" in one.message]
    record = evidence.read(records[number].sealed)
    reading = record.inputs.observations.reading
    windows = tuple(
        replace(
            window,
            tallies={gate: replace(tally, bad_canary=(0,)) for gate, tally in window.tallies.items()},
        )
        for window in reading.windows
    )
    observations = replace(record.inputs.observations, reading=replace(reading, windows=windows))
    forged = seal(
        replace(record, inputs=replace(record.inputs, observations=observations)), victim.key.signer
    )
    decision = victim.decisions()[number]
    victim.move(MAIN, decision.parents[0])
    entry = stored(forged, number + 1)
    victim.rewrite_evidence([*records[:number], entry])
    message = decision.message.replace(records[number].digest, entry.digest)
    sha = victim.commit({RELEASE: victim.repository.read(decision.sha, RELEASE)}, message, MAIN, AUTHOR)
    assert first(victim.verify()) == ("other-decision", sha, RELEASE, entry.path)


def pardoned(one: Predicate) -> Predicate:
    """The release no longer says that version 3 is rejected."""
    one = invented(one)
    return replace(one, decision=replace(one.decision, release=replace(one.decision.release, rejected=())))


def warmer(one: Predicate) -> Predicate:
    one = invented(one)
    return replace(one, decision=replace(one.decision, reason="all is well"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (pardoned, r"too, but leaves another release \(recorded -> now\): rejected: nothing -> 1 entry$"),
        (warmer, "too, but not the same in: reason$"),
    ],
)
def test_the_finding_says_what_differs_where_the_kind_of_the_decision_does_not(
    victim: Victim, change: Callable[[Predicate], Predicate], said: str
):
    victim.decide(change, victim.key.signer)
    finding = victim.verify().findings[0]
    assert finding.kind == "other-decision" and re.search(said, finding.problem), finding


def test_a_file_that_says_another_thing_than_its_record(victim: Victim):
    records = victim.records()
    decision = victim.decisions()[-1]
    victim.move(MAIN, decision.parents[0])
    text = victim.repository.read(decision.sha, RELEASE).replace(b"the sale runs", b"no sale runs")
    sha = victim.commit({RELEASE: text}, decision.message, MAIN, AUTHOR)
    assert first(victim.verify()) == ("other-after", sha, RELEASE, records[-1].path)


def test_a_version_that_git_does_not_have(scene: Scene):
    scene.merge_version(1)
    scene.tick()
    victim = Victim(scene.bare, ATTACKER)
    (record,) = victim.records()
    (start,) = victim.decisions()

    def other(predicate: Predicate) -> Predicate:
        candidate = replace(predicate.inputs.observations.candidate, digest="sha256:" + "6" * 64)
        seen = replace(predicate.inputs.observations, candidate=candidate, upstream=candidate)
        return decided(replace(predicate, inputs=replace(predicate.inputs, observations=seen)))

    sealed = changed(record.sealed, other)
    entry = stored(sealed, 1)
    text = victim.repository.read(start.sha, RELEASE)
    digest = evidence.read(record.sealed).decision.release.canary.digest
    victim.rewrite_evidence([entry])
    victim.move(MAIN, start.parents[0])
    message = start.message.replace(record.digest, entry.digest).replace(digest, "sha256:" + "6" * 64)
    sha = victim.commit(
        {RELEASE: text.replace(digest.encode(), b"sha256:" + b"6" * 64)}, message, MAIN, AUTHOR
    )
    assert first(victim.verify()) == ("other-version", sha, RELEASE, entry.path)
