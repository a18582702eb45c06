"""The pauses of writers that race for one branch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from support.gate_scene import Scene
from support.repositories import bare_repository
from support.specs import model_yaml

from sluicegate.gate.adapters.git.command import RaceLost
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.core.commands import Command
from sluicegate.gate.daemon import racing
from sluicegate.gate.daemon.racing import until_its_turn, until_won
from sluicegate.gate.daemon.reconcile import execute


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    with Repository(bare_repository(tmp_path / "remote.git")) as repository:
        yield repository


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses, each as long as chance could make it; an attempt takes a second."""
    waited: list[float] = []
    seconds = count()
    monkeypatch.setattr(racing, "sleep", waited.append)
    monkeypatch.setattr(racing, "monotonic", lambda: next(seconds))
    monkeypatch.setattr(racing.random, "uniform", lambda _, longest: longest)
    return waited


def losing(losses: int) -> Callable[[], str]:
    """An attempt that is lost so many times before it wins."""
    attempts = count()

    def attempt() -> str:
        if next(attempts) < losses:
            raise RaceLost("another writer moved main first", "read and decide again")
        return "won"

    return attempt


def test_a_first_attempt_never_waits(repository: Repository, pauses: list[float]):
    repository.doublings = 5
    assert until_won(losing(0)) == until_its_turn(repository, losing(0)) == "won"
    assert pauses == []


def test_what_may_lower_a_risk_waits_ten_seconds_at_most(pauses: list[float]):
    assert until_won(losing(9)) == "won"
    assert pauses == [2, 4, 8, 10, 10, 10, 10, 10, 10]


def test_what_can_wait_pauses_for_as_many_attempts_as_there_may_be_writers(
    repository: Repository, pauses: list[float]
):
    assert until_its_turn(repository, losing(9)) == "won"
    assert pauses == [2, 4, 8, 16, 32, 32, 32, 32, 32]


def test_a_crowd_is_remembered_and_forgotten_as_races_are_won(repository: Repository, pauses: list[float]):
    until_its_turn(repository, losing(3))
    until_its_turn(repository, losing(1))
    for _ in range(3):
        until_its_turn(repository, losing(0))
    until_its_turn(repository, losing(1))
    assert pauses == [2, 4, 8, 8, 2]


def test_ten_losses_are_given_up_and_the_crowd_is_still_known(repository: Repository, pauses: list[float]):
    with pytest.raises(RaceLost):
        until_its_turn(repository, losing(10))
    assert len(pauses) == 9
    assert until_its_turn(repository, losing(1)) == "won"
    assert pauses[-1] == 32


@pytest.mark.parametrize(("name", "longest"), [("promote", 32), ("rollback", 2)])
def test_a_promotion_makes_room_in_a_crowd_and_a_rollback_does_not(
    scene: Scene, pauses: list[float], name: str, longest: int
):
    scene.release_version_1()
    scene.merge_version(2)
    scene.tick()
    scene.repository.doublings = 4
    pauses.clear()
    beaten: list[str] = []

    def beaten_once() -> object:
        if not beaten:
            beaten.append(scene.merge({"models/n/model.yaml": model_yaml("n")}))
        return scene.clock()

    command = Command(name, "because", 50 if name == "promote" else None)
    outcome = execute(scene.repository, "production", "m", command, scene.gateway, clock=beaten_once)
    assert outcome.commit is not None
    assert pauses == [longest]
