"""A version that started has the verdict that its environment requires, signed and of its own files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.gate_scene import ENVIRONMENT, MODEL, Scene
from support.keys import Key
from support.specs import environment_yaml, model_yaml
from support.verdicts import record

from sluicegate.gate.core.judged import Judged
from sluicegate.gate.daemon import verdicts
from sluicegate.gate.verification import Report, verify
from sluicegate.specs import layout

KEY = Key()


@pytest.fixture
def judging(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    scene.signer = KEY.signer
    scene.merge({layout.TRUSTED_KEYS: KEY.public})
    scene.merge({ENVIRONMENT: environment_yaml("production", require="[verdict]")})
    yield scene
    scene.close()


def verified(scene: Scene) -> Report:
    return verify(scene.repository, scene.tip(), scene.repository.tip("gate-evidence"))


class Says:
    """A source that answers always the same."""

    def __init__(self, judged: Judged) -> None:
        self.judged = judged

    def find(self, state: object, wanted: verdicts.Wanted) -> Judged:
        (content, *_) = wanted.contents
        return replace(self.judged, content=self.judged.content or content)


def test_a_signed_verdict_is_sound(judging: Scene) -> None:
    record(judging, judging.merge_version(1), KEY)
    judging.tick_until_stable(1)
    report = verified(judging)
    assert (report.findings, report.judged, report.on_word) == ([], 1, 0)


def test_the_word_of_another_system_is_counted_and_not_verified(judging: Scene) -> None:
    judging.merge_version(1)
    judging.tick_one(verdicts=[Says(Judged("pass", "GitHub says so"))])
    report = verified(judging)
    assert (report.findings, report.judged, report.on_word) == ([], 0, 1)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (Judged("pass", "x", content="a" * 40), "its verdict is of other files"),
        (Judged("pass", "x", record="sha256:" + "b" * 64), "there is no recorded verdict sha256:bbb"),
    ],
)
def test_a_gate_that_makes_a_verdict_up_is_found(judging: Scene, said: Judged, problem: str) -> None:
    judging.merge_version(1)
    judging.tick_one(verdicts=[Says(said)])
    (finding,) = verified(judging).findings
    assert finding.kind == "other-verdict"
    assert problem in finding.problem


def test_a_gate_that_starts_without_asking_is_found(judging: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate that was changed to ask nobody, in an environment that requires a verdict in so many words."""
    judging.merge_version(1)
    with monkeypatch.context() as patched:
        patched.setattr("sluicegate.gate.daemon.evaluate.judged", lambda *_: None)
        judging.tick_one()
    (finding,) = verified(judging).findings
    assert "requires a verdict, and its record has none" in finding.problem


def test_what_started_before_verdicts_were_required_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(tmp_path)
    text = environment_yaml("production").replace(b"  require: []\n", b"")
    scene.merge({ENVIRONMENT: text, MODEL: model_yaml(version=1)})
    with monkeypatch.context() as patched:
        patched.setattr("sluicegate.gate.daemon.evaluate.judged", lambda *_: None)
        scene.tick_one()
    report = verified(scene)
    assert (report.findings, report.unjudged) == ([], 1)
    scene.close()


def test_a_record_under_another_name_is_found(judging: Scene) -> None:
    record(judging, judging.merge_version(1), KEY)
    judging.repository.fetch()
    tip = str(judging.repository.tip("gate-evidence"))
    (entry,) = judging.repository.entries(tip, "verdicts")
    moved = entry.path.rsplit("-", 1)[0] + "-" + "0" * 12 + ".json"
    judging.people.fetch()
    sha = judging.people.commit(tip, {moved: judging.repository.blob(entry.oid)}, "Copy", judging.clock())
    judging.people.push({"gate-evidence": sha})
    judging.repository.fetch()
    (finding,) = verified(judging).findings
    assert "another than its name" in finding.problem
