from __future__ import annotations

from pathlib import Path

import pytest

from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.clone import Clone
from sluicegate.gate.adapters.git.command import GitError
from sluicegate.gate.adapters.git.objects import log
from sluicegate.gate.adapters.git.write import Signature

ANN = Signature("Ann", "ann@example.org")


def test_a_team_commits_pushes_and_branches_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    hub = BareRepository.create(tmp_path / "hub.git")
    clone = Clone.create(tmp_path / "work", ANN, str(hub.path))
    (clone.directory / "a").write_text("1")
    first = clone.commit_all("First")
    clone.push("main")
    clone.branch_off("topic")
    (clone.directory / "b").write_text("2")
    second = clone.commit_all("Second")
    clone.push("topic")
    assert (hub.resolve("main"), hub.resolve("topic")) == (first, second)
    assert [commit.text for commit in log(hub, second)] == ["Second", "First"]
    assert {commit.author.name for commit in log(hub, second)} == {"Ann"}
    clone.bare_copy(tmp_path / "copy.git")
    assert BareRepository(tmp_path / "copy.git").resolve("topic") == second


def test_a_commit_of_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="git commit ended with 1"):
        Clone.create(tmp_path / "work", ANN).commit_all("Nothing")
