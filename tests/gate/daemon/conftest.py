"""What the tests of the daemon share: a scene with one environment, `production`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.gate_scene import ENVIRONMENT, Scene
from support.specs import environment_yaml


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    scene.merge({ENVIRONMENT: environment_yaml("production")})
    yield scene
    scene.close()
