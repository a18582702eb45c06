"""One forge for all scenes; each scene has a repository of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.pull_scene import PEOPLE_OF_THE_FORGE, PullScene

from sluicegate.embedded.forge import Forge


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forge]:
    with Forge(tmp_path_factory.mktemp("forge"), PEOPLE_OF_THE_FORGE) as running:
        yield running


@pytest.fixture
def scene(forge: Forge, tmp_path: Path) -> Iterator[PullScene]:
    scene = PullScene(forge, tmp_path)
    yield scene
    scene.close()


@pytest.fixture(scope="module")
def released(forge: Forge, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PullScene]:
    """Merged, and version 2 has its first traffic; for tests that change nothing."""
    scene = PullScene(forge, tmp_path_factory.mktemp("released"))
    scene.start()
    yield scene
    scene.close()


@pytest.fixture(scope="module")
def opened(forge: Forge, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PullScene]:
    """Open, and never reported on; for tests that record nothing."""
    scene = PullScene(forge, tmp_path_factory.mktemp("opened"))
    yield scene
    scene.close()
