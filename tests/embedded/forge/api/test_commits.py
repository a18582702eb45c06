from __future__ import annotations

from collections.abc import Callable

import pytest
from github import GithubException
from github.PullRequest import PullRequest
from github.Repository import Repository


def test_compare_counts_both_sides(repo: Repository, topic: Callable[..., str]) -> None:
    tip = topic("ahead", "new.txt", "one\ntwo\n")
    repo.create_file("other.txt", "Other", "x", branch="main")
    seen = repo.compare("main", "ahead")
    assert (seen.status, seen.ahead_by, seen.behind_by) == ("diverged", 1, 1)
    assert [commit.sha for commit in seen.commits] == [tip]
    assert [(file.filename, file.additions) for file in seen.files] == [("new.txt", 2)]
    assert repo.compare("main", "main").status == "identical"
    assert repo.compare(tip, "main").status == "diverged"


def test_a_commit_has_files_and_stats(repo: Repository) -> None:
    readme = repo.get_contents("README.md")
    sha = repo.update_file("README.md", "Say more\n\nGate-Model: a", "x\ny\n", readme.sha)["commit"].sha
    commit = repo.get_commit(sha)
    assert commit.commit.message.endswith("Gate-Model: a")
    assert (commit.stats.additions, commit.stats.total) == (2, 2 + readme.decoded_content.count(b"\n"))
    assert [file.filename for file in commit.files] == ["README.md"]
    assert repo.get_commit("main").sha == sha
    assert repo.get_git_commit(sha).tree.sha == commit.commit.tree.sha
    assert repo.get_commits(sha="main").totalCount == 2


def test_a_tree_is_walked(repo: Repository, topic: Callable[..., str]) -> None:
    tip = topic()
    tree = repo.get_git_tree(tip, recursive=True)
    kinds = {entry.path: entry.type for entry in tree.tree}
    assert kinds == {"README.md": "blob", "models": "tree", "models/a": "tree", "models/a/model.yaml": "blob"}


@pytest.mark.parametrize("name", ["nowhere", "HEAD~1", "main^", "main:README.md", "@{-1}", "--all", "a..b"])
def test_only_names_are_understood_not_gits_revision_language(repo: Repository, name: str) -> None:
    for read in (lambda: repo.get_commit(name), lambda: repo.get_git_tree(name)):
        with pytest.raises(GithubException) as caught:
            read()
        assert caught.value.status in (404, 422)


def test_the_pulls_that_brought_a_commit(
    repo: Repository, pull: PullRequest, topic: Callable[..., str]
) -> None:
    other = topic("other", "models/b/model.yaml")
    second = repo.create_pull(base="main", head="other", title="Another")
    assert [one.number for one in repo.get_commit(pull.head.sha).get_pulls()] == [pull.number]
    merged = pull.merge(sha=pull.head.sha).sha
    for sha in (pull.head.sha, merged):
        assert [(one.number, one.merged_at is not None) for one in repo.get_commit(sha).get_pulls()] == [
            (1, True)
        ]
    assert [one.number for one in repo.get_commit(other).get_pulls()] == [second.number]
    assert list(repo.get_commit(pull.base.sha).get_pulls()) == []
