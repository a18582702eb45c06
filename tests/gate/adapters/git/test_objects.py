from __future__ import annotations

from collections.abc import Callable

import pytest

from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.command import GitError
from sluicegate.gate.adapters.git.objects import read_commits, trailers


def test_a_commit_is_read_as_it_was_written(local: BareRepository, commit: Callable[..., str]) -> None:
    sha = commit(None, "a.txt", b"a", "Tïtle\n\nBody\n\nGate-Model: a\nGate-Weight: 5 -> 25\n")
    (read,) = read_commits(local, [sha])
    assert (read.author.name, read.author.email) == ("Ann", "ann@example.org")
    assert read.author.date == "2013-01-02T02:04:05Z"
    assert read.message.startswith("Tïtle\n\nBody") and read.parents == ()
    assert trailers(local, [sha]) == {sha: [("Gate-Model", "a"), ("Gate-Weight", "5 -> 25")]}
    with pytest.raises(GitError):
        read_commits(local, [read.tree])
