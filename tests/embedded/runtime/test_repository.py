"""Following main of a real bare repository while it changes."""

import time

import pytest

from sluicegate.embedded.runtime.repository import MainBranch
from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.command import GitError, NotARepository


@pytest.fixture
def main(world, tmp_path):
    main = MainBranch(world.bare, tmp_path)
    yield main
    main.close()


def test_commits_are_seen_as_they_come(world, main):
    assert main.tip() is None
    first = world.write("a/one.txt", "1")
    assert main.tip() == first
    second = world.write("a/two.txt", b"\0\n2")
    world.git.run("gc", "--quiet")
    world.git.run("pack-refs", "--all")
    assert main.tip() == second
    third = world.write("b.txt", "3")
    assert main.tip() == third
    assert main.tree(second).read("a/two.txt") == b"\0\n2"
    assert main.tree(first).entry("a/two.txt") is None


def test_a_repository_that_goes_away_is_a_named_error_and_may_come_back(world, main, tmp_path):
    world.write("a.txt", "1")
    tip = main.tip()
    main.close()
    world.bare.rename(tmp_path / "away")
    with pytest.raises(GitError, match="restore it"):
        main.tip()
    (tmp_path / "away").rename(world.bare)
    assert main.tip() == tip


@pytest.mark.parametrize("source", ["nothing", "file:///nothing.git"])
def test_what_is_not_a_repository_is_a_named_error(tmp_path, source):
    with pytest.raises(NotARepository):
        MainBranch(source if "://" in source else tmp_path / source, tmp_path / "root")


@pytest.mark.parametrize("mirrored", [False, True])
def test_the_environment_of_a_hook_does_not_lead_to_another_repository(
    world, tmp_path, monkeypatch, mirrored
):
    mine = world.write("a.txt", "1")
    other = BareRepository.create(tmp_path / "other.git")
    monkeypatch.setenv("GIT_DIR", str(other.path))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.bare=false' 'protocol.file.allow=never'")
    main = MainBranch(f"file://{world.bare}" if mirrored else world.bare, tmp_path / "root")
    assert main.tip() == mine and main.tree(mine).read("a.txt") == b"1"
    main.close()


def test_an_address_that_fails_goes_on_failing_between_two_fetches(world, tmp_path):
    world.write("a.txt", "1")
    mirror = MainBranch(f"file://{world.bare}", tmp_path)
    world.bare.rename(tmp_path / "away")
    deadline = time.monotonic() + 30
    with pytest.raises(NotARepository):
        while time.monotonic() < deadline:
            mirror.fetch()
    with pytest.raises(NotARepository):
        mirror.fetch()
    mirror.close()
