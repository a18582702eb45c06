"""A sound history, made once through the gate itself; each test tampers with a copy of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.gate_scene import ENVIRONMENT, Scene
from support.keys import Key
from support.specs import environment_yaml
from support.tampering import ATTACKER, KEYS, Victim

GATE = Key()
"""The gate's own key."""


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The remote of a signed history: a first version, one that finishes, one rolled back, a hold by hand."""
    folder = tmp_path_factory.mktemp("story")
    scene = Scene(folder)
    scene.signer = GATE.signer
    scene.merge({ENVIRONMENT: environment_yaml("production"), KEYS: GATE.public})
    scene.merge_version(1)
    scene.tick_until_stable(1)
    scene.merge_version(2)
    scene.ticks(3)
    scene.merge({"README.md": b"people work beside the gate\n"})
    scene.tick_until_stable(2)
    scene.gateway.failure_rate["canary"] = 0.5
    scene.merge_version(3)
    scene.ticks(5)
    scene.execute("hold", reason="the sale runs")
    scene.close()
    return scene.bare


@pytest.fixture(scope="session")
def first_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The remote of an unsigned history: version 1 is stable, and nothing else happened."""
    scene = Scene(tmp_path_factory.mktemp("first-release"))
    scene.merge({ENVIRONMENT: environment_yaml("production")})
    scene.merge_version(1)
    scene.tick_until_stable(1)
    scene.close()
    return scene.bare


@pytest.fixture
def unsigned(first_release: Path, tmp_path: Path) -> Victim:
    """A copy of that remote."""
    bare = tmp_path / "unsigned.git"
    shutil.copytree(first_release, bare)
    return Victim(bare, ATTACKER)


@pytest.fixture
def victim(story: Path, tmp_path: Path) -> Victim:
    """A copy of the remote."""
    bare = tmp_path / "victim.git"
    shutil.copytree(story, bare)
    return Victim(bare, GATE)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A repository with an environment and no model yet, whose gate has no key."""
    scene = Scene(tmp_path)
    scene.merge({ENVIRONMENT: environment_yaml("production")})
    yield scene
    scene.close()
