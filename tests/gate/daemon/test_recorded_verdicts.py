"""Which records count: signed by a trusted key, of this content, the newest of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.clock import START
from support.gate_scene import Scene
from support.keys import Key
from support.verdicts import record, verdict_of

from sluicegate.gate.core import envelope, verdict_record
from sluicegate.gate.core.envelope import EvidenceError
from sluicegate.gate.core.judged import Judged
from sluicegate.gate.core.serialize import dump
from sluicegate.gate.daemon.recorded_verdicts import RecordedVerdicts
from sluicegate.gate.daemon.state import State
from sluicegate.gate.daemon.verdicts import wanted_of
from sluicegate.specs import layout
from sluicegate.specs.release import Version

KEY = Key()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    scene.merge({layout.TRUSTED_KEYS: KEY.public})
    yield scene
    scene.close()


def found(scene: Scene, revision: str) -> Judged:
    state = State(scene.repository, scene.tip())
    wanted = wanted_of(state, "m", Version(1, revision, "sha256:" + "0" * 64))
    return RecordedVerdicts().find(state, wanted)


def test_a_trusted_record_of_the_content(scene: Scene) -> None:
    revision = scene.merge_version(1)
    assert found(scene, revision) == Judged("none", "none is recorded")
    record(scene, revision, KEY)
    judged = found(scene, revision)
    assert judged.counts
    assert judged.reason == f"judged pass at {revision[:12]} by @olga (sluicegate 0.1.0)"
    assert judged.record is not None and judged.record.startswith("sha256:")


@pytest.mark.parametrize("verdict", ["fail", "error", "inconclusive", "skipped"])
def test_what_is_not_good_lets_nothing_start(scene: Scene, verdict: str) -> None:
    revision = scene.merge_version(1)
    record(scene, revision, KEY, verdict=verdict)
    judged = found(scene, revision)
    assert not judged.counts
    assert f"judged {verdict}" in judged.reason


def test_the_newest_record_decides(scene: Scene) -> None:
    revision = scene.merge_version(1)
    record(scene, revision, KEY)
    record(scene, revision, KEY, verdict="fail", at=START + timedelta(days=1))
    assert not found(scene, revision).counts


def test_a_strangers_signature_counts_for_nothing(scene: Scene) -> None:
    revision = scene.merge_version(1)
    record(scene, revision, Key())
    assert "no key of environments/gate.pub signed it" in found(scene, revision).reason


def test_where_no_key_is_trusted_no_record_is(scene: Scene) -> None:
    revision = scene.merge_version(1)
    record(scene, revision, KEY)
    scene.merge({layout.TRUSTED_KEYS: None})
    assert "names no key" in found(scene, revision).reason


def test_a_record_under_the_name_of_other_files_does_not_count(scene: Scene) -> None:
    """Signed for one content, and copied to where that of another one would be."""
    revision = scene.merge_version(1)
    sealed = verdict_record.seal(verdict_of(scene, revision, content="a" * 40), KEY.signer)
    content = str(scene.repository.object_at(revision, "models/m"))
    path = layout.verdict_path("m", content, verdict_record.unseal(sealed).digest)
    scene.people.fetch()
    sha = scene.people.commit(scene.people.tip("gate-evidence"), {path: sealed}, "Copy", START)
    scene.people.push({"gate-evidence": sha})
    assert not found(scene, revision).counts


def test_a_statement_about_other_files_than_its_verdict_is_refused(scene: Scene) -> None:
    verdict = verdict_of(scene, scene.merge_version(1), content="a" * 40)
    assert verdict_record.unseal(verdict_record.seal(verdict, KEY.signer)).verdict == verdict
    statement = {
        "_type": envelope.STATEMENT,
        "subject": [{"name": "models/m", "digest": {"gitTree": "b" * 40}}],
        "predicateType": verdict_record.PREDICATE,
        "predicate": dump(verdict),
    }
    with pytest.raises(EvidenceError, match="about other files than its verdict"):
        verdict_record.unseal(envelope.envelope(statement, KEY.signer))
