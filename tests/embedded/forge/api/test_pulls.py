from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from github import Github, GithubException
from github.PullRequest import PullRequest
from github.Repository import Repository
from support.repositories import commit_files, git


def test_a_pull_says_what_it_brings(pull: PullRequest, repo: Repository) -> None:
    assert (pull.number, pull.state, pull.user.login, pull.user.id) == (1, "open", "olga", 7)
    assert (pull.head.ref, pull.base.ref, pull.head.repo.full_name) == ("topic", "main", repo.full_name)
    assert (pull.mergeable, pull.mergeable_state, pull.changed_files, pull.additions, pull.commits) == (
        True, "clean", 1, 1, 1,
    )  # fmt: skip
    assert [(file.filename, file.status, file.patch) for file in pull.get_files()] == [
        ("models/a/model.yaml", "added", "@@ -0,0 +1 @@\n+version: 1")
    ]
    assert [commit.sha for commit in pull.get_commits()] == [pull.head.sha]
    assert pull.issue_url.startswith("http://127.0.0.1:")


def test_lists_are_filtered(repo: Repository, topic: Callable[..., str]) -> None:
    for name in ("one", "two"):
        topic(name, f"{name}.txt")
        repo.create_pull(base="main", head=name, title=name)
    repo.get_pull(1).edit(state="closed")
    assert [pull.title for pull in repo.get_pulls()] == ["two"]
    assert [pull.title for pull in repo.get_pulls(state="all", direction="asc")] == ["one", "two"]
    assert [pull.title for pull in repo.get_pulls(state="all", head=f"{repo.owner.login}:one")] == ["one"]
    assert [pull.title for pull in repo.get_pulls(state="all", base="none")] == []


def test_a_push_to_the_branch_moves_the_head(
    pull: PullRequest,
    repo: Repository,
    clone: Callable[..., Path],
) -> None:
    work = clone()
    git("switch", "--quiet", "topic", cwd=work)
    new = commit_files(work, {"more.txt": "more"})
    git("push", "--quiet", "origin", "topic", cwd=work)
    assert repo.get_pull(pull.number).head.sha == new
    assert git("ls-remote", "origin", "refs/pull/1/head", cwd=work).startswith(new)


def test_merge_makes_a_merge_commit_of_the_head_that_was_seen(pull: PullRequest, repo: Repository) -> None:
    before = repo.get_branch("main").commit.sha
    done = pull.merge(sha=pull.head.sha, commit_title="Bring a", commit_message="Because.")
    made = repo.get_commit(done.sha)
    assert [parent.sha for parent in made.parents] == [before, pull.head.sha]
    assert (made.commit.message, made.author.login) == ("Bring a\n\nBecause.", "olga")
    assert repo.get_branch("main").commit.sha == done.sha
    after = repo.get_pull(pull.number)
    assert (after.merged, after.state, after.merged_by.login, after.merge_commit_sha) == (
        True,
        "closed",
        "olga",
        done.sha,
    )
    assert after.is_merged() and [file.filename for file in after.get_files()] == ["models/a/model.yaml"]


def test_a_head_that_moved_is_409_and_nothing_is_merged(pull: PullRequest, repo: Repository) -> None:
    before = repo.get_branch("main").commit.sha
    repo.create_file("new.txt", "More", "x", branch="topic")
    with pytest.raises(GithubException) as caught:
        pull.merge(sha=pull.head.sha)
    assert caught.value.status == 409
    assert repo.get_branch("main").commit.sha == before


def test_a_conflict_is_405(pull: PullRequest, repo: Repository) -> None:
    repo.create_file("models/a/model.yaml", "Other", "version: 9\n", branch="main")
    seen = repo.get_pull(pull.number)
    assert (seen.mergeable, seen.mergeable_state) == (False, "dirty")
    with pytest.raises(GithubException) as caught:
        pull.merge(sha=pull.head.sha)
    assert caught.value.status == 405


def two_commits(repo: Repository, topic: Callable[..., str]) -> PullRequest:
    """A pull of two commits, beside which main went on."""
    topic()
    repo.create_file("models/a/README.md", "Add the card\n\nIn words.", "words\n", branch="topic")
    pull = repo.create_pull(base="main", head="topic", title="A better model")
    repo.create_file("other.txt", "Meanwhile", "x", branch="main")
    return pull


def test_a_squash_is_one_commit_on_the_base_by_the_pulls_author(
    repo: Repository, topic: Callable[..., str], as_user: Callable[[str], Github]
) -> None:
    number = two_commits(repo, topic).number
    before = repo.get_branch("main").commit.sha
    bot = as_user("gate[bot]").get_repo(repo.full_name).get_pull(number)
    done = bot.merge(merge_method="squash", sha=bot.head.sha)
    made = repo.get_commit(done.sha)
    assert [parent.sha for parent in made.parents] == [before]
    assert made.commit.message == (
        "A better model (#1)\n\n* Add models/a/model.yaml\n\n* Add the card\n\nIn words."
    )
    assert (made.author.login, made.committer.login) == ("olga", "gate[bot]")
    after = repo.get_pull(number)
    assert (after.merged, after.merge_commit_sha) == (True, done.sha)
    assert [pull.number for pull in made.get_pulls()] == [number]


def test_a_squash_of_one_commit_takes_its_words_or_those_that_were_asked_for(
    pull: PullRequest, repo: Repository, topic: Callable[..., str]
) -> None:
    made = repo.get_commit(pull.merge(merge_method="squash").sha)
    assert made.commit.message == "Add models/a/model.yaml (#1)"
    topic("two", "two.txt")
    second = repo.create_pull(base="main", head="two", title="Two")
    done = second.merge(merge_method="squash", commit_title="Mine", commit_message="Because.")
    assert repo.get_commit(done.sha).commit.message == "Mine\n\nBecause."


def test_a_rebase_writes_each_commit_anew_and_each_names_the_pull(
    repo: Repository, topic: Callable[..., str]
) -> None:
    pull = two_commits(repo, topic)
    before = repo.get_branch("main").commit.sha
    done = pull.merge(merge_method="rebase")
    last = repo.get_commit(done.sha)
    first = last.parents[0]
    assert [parent.sha for parent in repo.get_commit(first.sha).parents] == [before]
    own = [commit.sha for commit in pull.get_commits()]
    assert done.sha not in own and first.sha not in own
    words = [commit.commit.message for commit in (repo.get_commit(first.sha), last)]
    assert words == ["Add models/a/model.yaml", "Add the card\n\nIn words."]
    assert [file.filename for file in last.files] == ["models/a/README.md"]
    for sha in (first.sha, done.sha, *own):
        assert [one.number for one in repo.get_commit(sha).get_pulls()] == [pull.number]
    assert list(repo.get_commit(before).get_pulls()) == []


def test_a_rebase_of_commits_that_conflict_one_by_one_is_405(
    repo: Repository, topic: Callable[..., str]
) -> None:
    """The second commit takes back what conflicts: a squash of both merges, a rebase does not."""
    topic(path="new.txt", content="mine\n")
    repo.delete_file("new.txt", "Not after all", repo.get_contents("new.txt", "topic").sha, branch="topic")
    repo.create_file("kept.txt", "Kept", "x", branch="topic")
    pull = repo.create_pull(base="main", head="topic", title="Back and forth")
    repo.create_file("new.txt", "Meanwhile", "theirs\n", branch="main")
    with pytest.raises(GithubException, match="can't be rebased") as caught:
        pull.merge(merge_method="rebase")
    assert caught.value.status == 405
    assert pull.merge(merge_method="squash").merged


def test_a_draft_is_not_merged(repo: Repository, topic: Callable[..., str]) -> None:
    topic()
    draft = repo.create_pull(base="main", head="topic", title="Not yet", draft=True)
    with pytest.raises(GithubException, match="draft"):
        draft.merge()


def test_of_two_merges_at_once_one_is_refused(pull: PullRequest, repo: Repository) -> None:
    def attempt(_: int) -> int:
        try:
            pull.merge(sha=pull.head.sha)
        except GithubException as error:
            return error.status
        return 200

    with ThreadPoolExecutor(4) as threads:
        answers = sorted(threads.map(attempt, range(4)))
    assert answers[0] == 200 and set(answers[1:]) <= {405, 409}
    assert len(list(repo.get_commits())) == 3  # first, topic's, one merge


def test_different_pulls_merged_at_once_all_arrive(repo: Repository, topic: Callable[..., str]) -> None:
    pulls = []
    for name in ("one", "two", "three"):
        topic(name, f"{name}.txt")
        pulls.append(repo.create_pull(base="main", head=name, title=name))
    with ThreadPoolExecutor(3) as threads:
        assert all(done.merged for done in threads.map(lambda pull: pull.merge(sha=pull.head.sha), pulls))
    names = {entry.path for entry in repo.get_git_tree("main").tree}
    assert {"one.txt", "two.txt", "three.txt"} <= names


def test_a_head_pushed_into_the_base_counts_as_merged(
    pull: PullRequest, repo: Repository, clone: Callable[..., Path]
) -> None:
    git("push", "--quiet", "origin", "origin/topic:main", cwd=clone(login="gate[bot]"))
    seen = repo.get_pull(pull.number)
    assert seen.merged and seen.merged_by.login == "gate[bot]" and seen.merge_commit_sha == pull.head.sha
    assert [file.filename for file in seen.get_files()] == ["models/a/model.yaml"]


def test_a_deleted_branch_closes_the_pull_and_keeps_its_head(pull: PullRequest, repo: Repository) -> None:
    repo.get_git_ref("heads/topic").delete()
    seen = repo.get_pull(pull.number)
    assert (seen.state, seen.merged, seen.head.sha) == ("closed", False, pull.head.sha)
    with pytest.raises(GithubException) as caught:
        seen.edit(state="open")
    assert caught.value.status == 422


def test_edit_close_and_open_again(pull: PullRequest, repo: Repository) -> None:
    pull.edit(title="Renamed", body="New", state="closed")
    assert (pull.title, pull.body, pull.state) == ("Renamed", "New", "closed")
    pull.edit(state="open")
    assert repo.get_pull(1).closed_at is None
    assert repo.get_issue(1).pull_request is not None
    assert [issue.number for issue in repo.get_issues()] == [1]


@pytest.mark.parametrize(
    ("head", "base"),
    [("nowhere", "main"), ("main", "nowhere"), ("main", "main"), ("fork:main", "main"), ("a..b", "main")],
)
def test_a_pull_of_nothing_is_422(repo: Repository, head: str, base: str) -> None:
    with pytest.raises(GithubException) as caught:
        repo.create_pull(base=base, head=head, title="x")
    assert caught.value.status == 422


def test_a_second_pull_of_the_same_branches_is_422(pull: PullRequest, repo: Repository) -> None:
    with pytest.raises(GithubException, match="already exists"):
        repo.create_pull(base="main", head="topic", title="Again")


def test_an_unknown_pull_is_404(repo: Repository) -> None:
    for number in (1, 2**70):
        with pytest.raises(GithubException) as caught:
            repo.get_pull(number)
        assert caught.value.status == 404
