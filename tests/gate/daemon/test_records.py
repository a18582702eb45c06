"""The chain of records: what each names, and that each decides the same again."""

import re

from support.gate_scene import Scene
from support.keys import Key

import sluicegate
from sluicegate.gate.adapters.signing import public_keys
from sluicegate.gate.core import envelope, evidence
from sluicegate.gate.daemon.code import code_commit


def test_records_are_numbered_and_each_names_the_one_before(scene: Scene):
    scene.release_version_1()
    scene.merge_version(2)
    scene.tick_until_stable(2)
    entries = scene.repository.entries(scene.tip("gate-evidence"))
    assert len(entries) == len(scene.decisions()) == 6
    previous = None
    for number, entry in enumerate(entries, start=1):
        sealed = scene.repository.blob(entry.oid)
        digest = envelope.digest(sealed)
        short = re.escape(digest.removeprefix("sha256:")[:12])
        assert re.fullmatch(rf"evidence/production/m/{number:06}-{short}\.json", entry.path)
        assert evidence.read(sealed).provenance.previous == previous
        previous = digest


def test_a_record_decides_the_same_again(scene: Scene):
    scene.release_version_1()
    scene.merge_version(2)
    scene.tick_until_stable(2)
    for sealed, trailer in zip(scene.records(), scene.decisions(), strict=True):
        decision = evidence.read(sealed).decision
        assert evidence.replay(sealed) == decision
        assert decision.kind == trailer["Gate-Decision"]


def test_a_command_is_recorded_and_replays(scene: Scene):
    scene.release_version_1()
    scene.execute("hold", reason="the sale runs")
    sealed = scene.records()[-1]
    command = evidence.read(sealed).inputs.command
    assert (command.name, command.reason) == ("hold", "the sale runs")
    assert evidence.replay(sealed) == evidence.read(sealed).decision


def test_a_record_names_the_source_of_the_figures_and_the_code(scene: Scene):
    scene.release_version_1()
    scene.merge_version(2)
    scene.ticks(2)
    predicate = evidence.read(scene.records()[-1])
    assert predicate.inputs.observations.source == "scrape http://127.0.0.1:1"
    assert predicate.provenance.code == f"sluicegate {sluicegate.__version__}"
    assert predicate.provenance.code_commit == code_commit()


def test_a_record_names_the_commit_that_was_read_and_the_revision_of_the_policy(scene: Scene):
    scene.release_version_1()
    revision = scene.merge_version(2)
    decisions = 0
    while decisions < 3:
        tip = scene.tip()
        if scene.tick_one().commit is None:
            continue
        decisions += 1
        provenance = evidence.read(scene.records()[-1]).provenance
        assert (provenance.parent, provenance.policy_revision) == (tip, revision)
    scene.execute("hold")
    assert evidence.read(scene.records()[-1]).provenance.policy_revision is None


def test_a_record_is_signed_where_there_is_a_key(scene: Scene):
    key = Key()
    scene.signer = key.signer
    scene.release_version_1()
    scene.execute("hold")
    sealed = scene.records()[-1]
    opened = envelope.open_envelope(sealed)
    assert public_keys(key.public, "here").signer_of(opened.signed, opened.signatures) == key.signer.keyid
