"""A short form of `make sequences`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sequences.play import play
from sequences.world import PEOPLE
from sluicegate.embedded.forge import Forge


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forge]:
    with Forge(tmp_path_factory.mktemp("forge"), PEOPLE) as running:
        yield running


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_and_fails_there_is_one_comment_and_the_same_end(forge: Forge, seed: int) -> None:
    play(forge, seed)
