"""What the gate signs is held against the keys that people trust, before anyone else does."""

from __future__ import annotations

import pytest
from support.gate_scene import Scene
from support.keys import Key

from sluicegate.gate.daemon.keys import problem
from sluicegate.gate.daemon.state import state_of
from sluicegate.specs.layout import TRUSTED_KEYS

GATE = Key()


def test_without_trusted_keys_any_key_and_none_is_right(scene: Scene):
    state = state_of(scene.repository, "main")
    assert problem(state, None) is None
    assert problem(state, GATE.signer) is None


def test_a_key_that_is_not_trusted_is_named_and_so_is_none(scene: Scene):
    scene.merge({TRUSTED_KEYS: GATE.public})
    state = state_of(scene.repository, "main")
    assert problem(state, GATE.signer) is None
    other = Key().signer
    assert f"does not name the key {other.keyid}" in problem(state, other)
    assert "this gate has none" in problem(state, None)


def test_trusted_keys_that_cannot_be_read_are_named(scene: Scene):
    scene.merge({TRUSTED_KEYS: b"no key"})
    assert "holds no public key" in problem(state_of(scene.repository, "main"), GATE.signer)


def test_a_decision_is_written_all_the_same_and_the_log_says_so(
    scene: Scene, caplog: pytest.LogCaptureFixture
):
    scene.merge({TRUSTED_KEYS: GATE.public})
    scene.merge_version(1)
    assert scene.tick_one().commit is not None
    assert "will not be verified" in caplog.text
    caplog.clear()
    scene.signer = GATE.signer
    assert scene.tick_one().commit is not None
    assert caplog.text == ""
