"""Reading a real bare repository while it changes."""

import subprocess
import time

import pytest

from sluicegate.embedded.runtime.errors import RepositoryMissing
from sluicegate.embedded.runtime.repository import Repository


@pytest.fixture
def repository(world, tmp_path):
    repository = Repository(world.bare, tmp_path)
    yield repository
    repository.close()


def test_commits_are_seen_as_they_come(world, repository):
    assert repository.tip() is None
    first = world.write("a/one.txt", "1")
    assert repository.tip() == first
    second = world.write("a/two.txt", b"\0\n2")
    subprocess.run(["git", "gc", "-q"], cwd=world.bare, check=True)
    subprocess.run(["git", "pack-refs", "--all"], cwd=world.bare, check=True)
    assert repository.tip() == second
    third = world.write("b.txt", "3")
    assert repository.tip() == third
    assert repository.names(third, "a") == ["one.txt", "two.txt"]
    assert repository.names(third, "nothing") == repository.names(third, "b.txt") == []
    assert repository.read(second, "a/two.txt") == b"\0\n2"
    assert repository.read(first, "a/two.txt") is None
    assert repository.read(third, "a") is None
    assert repository.read(third, "a\nb") is None


def test_a_repository_that_goes_away_is_a_named_error_and_may_come_back(world, repository, tmp_path):
    world.write("a.txt", "1")
    tip = repository.tip()
    repository.close()
    world.bare.rename(tmp_path / "away")
    with pytest.raises(RepositoryMissing):
        repository.tip()
    (tmp_path / "away").rename(world.bare)
    assert repository.tip() == tip


def test_what_is_too_long_is_cut_and_the_next_answer_is_whole(world, repository):
    world.write("long.txt", b"x" * 3_000_000)
    commit = world.write("short.txt", "short")
    assert repository.read(commit, "long.txt", 5) == b"xxxxx"
    assert repository.read(commit, "short.txt", 5) == b"short"
    assert repository.read(commit, "short.txt", 100) == b"short"
    assert repository.read(commit, "long.txt") == b"x" * 3_000_000


@pytest.mark.parametrize("path", ["\ud800", "a.txt\0", "\n", "a.txt\nb", "", "a.txt/b", "x" * 100_000])
def test_a_name_that_is_none_is_no_file(world, repository, path):
    commit = world.write("a.txt", "1")
    assert repository.read(commit, path) is None
    assert repository.read(commit, "a.txt") == b"1"


def test_an_address_that_fails_goes_on_failing_between_two_fetches(world, tmp_path):
    world.write("a.txt", "1")
    mirror = Repository(f"file://{world.bare}", tmp_path)
    world.bare.rename(tmp_path / "away")
    deadline = time.monotonic() + 30
    with pytest.raises(RepositoryMissing):
        while time.monotonic() < deadline:
            mirror.fetch()
    with pytest.raises(RepositoryMissing):
        mirror.fetch()
    mirror.close()
