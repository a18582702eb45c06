"""Recorded verdicts of the models of a scene."""

from __future__ import annotations

from typing import Any

from sluicegate.gate.core.verdict_record import RecordedVerdict
from sluicegate.gate.daemon.verdict_writing import add
from support.clock import START
from support.gate_scene import Scene
from support.keys import Key


def verdict_of(scene: Scene, commit: str, **more: Any) -> RecordedVerdict:
    """A pass of the model `m` as it is at a commit."""
    values: dict[str, Any] = {
        "model": "m",
        "content": scene.repository.object_at(commit, "models/m"),
        "verdict": "pass",
        "version": 1,
        "head": commit,
        "base": None,
        "at": START,
        "by": "@olga",
        "code": "sluicegate 0.1.0",
        "code_commit": "unknown",
        "checks": ("spec-valid",),
    }
    return RecordedVerdict(**{**values, **more})


def record(scene: Scene, commit: str, key: Key, **more: Any) -> None:
    """Record a verdict of the model `m` as it is at a commit, signed by the key."""
    scene.repository.fetch()
    add(scene.people, [verdict_of(scene, commit, **more)], key.signer, START)
