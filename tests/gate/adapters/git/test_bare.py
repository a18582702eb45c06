from __future__ import annotations

from collections.abc import Callable

import pytest

from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.command import CommandFailed, RefMoved
from sluicegate.gate.adapters.git.names import ZERO


def test_refs_move_only_from_where_they_were_read_and_all_or_none(
    local: BareRepository, two_commits: tuple[str, str]
) -> None:
    one, two = two_commits
    local.update_refs([("refs/heads/main", one, ZERO), ("refs/heads/other", one, ZERO)])
    for stale in (two, ZERO):
        with pytest.raises(RefMoved):
            local.update_refs([("refs/heads/other", two, one), ("refs/heads/main", two, stale)])
    assert local.resolve("main") == local.resolve("other") == one
    local.update_refs([("refs/heads/other", ZERO, one), ("refs/heads/main", two, one)])
    assert list(local.refs()) == ["refs/heads/main"] and local.resolve("main") == two


@pytest.mark.parametrize(
    "name", ["--all", "HEAD~1", "main^{tree}", ":a", "@", "refs/heads/../x", "-h", "a b"]
)
def test_only_plain_names_resolve(local: BareRepository, commit: Callable[..., str], name: str) -> None:
    local.update_refs([("refs/heads/main", commit(None, "a", b"1"), ZERO)])
    assert local.resolve("main") == local.resolve("HEAD") == local.resolve(str(local.resolve("main"))[:9])
    assert local.resolve(name) is None


def test_another_branch_is_named_only_where_the_wanted_one_is_nowhere(
    local: BareRepository, commit: Callable[..., str]
) -> None:
    assert local.branch_instead_of("main") is None  # HEAD names it, before any commit
    local.run("symbolic-ref", "HEAD", "refs/heads/trunk")
    assert local.branch_instead_of("main") == "trunk"
    one = commit(None, "a", b"1")
    local.update_refs([("refs/remotes/origin/main", one, ZERO)])
    assert local.branch_instead_of("main") is None
    local.update_refs([("refs/remotes/origin/main", ZERO, one), ("refs/heads/trunk", one, ZERO)])
    local.run("update-ref", "--no-deref", "HEAD", one)
    assert local.branch_instead_of("main") is None  # HEAD is a commit: nothing is said of branches


def test_a_branch_that_looks_like_a_sha_is_the_branch(
    local: BareRepository, two_commits: tuple[str, str]
) -> None:
    one, two = two_commits
    local.update_refs([(f"refs/heads/{one[:8]}", two, ZERO)])
    assert local.resolve(one[:8]) == two
    assert local.resolve(one) == one


def test_a_person_may_use_all_of_git_s_revision_language(
    local: BareRepository, two_commits: tuple[str, str]
) -> None:
    one, two = two_commits
    local.update_refs([("refs/heads/main", two, ZERO)])
    assert local.commit_named("main~1") == one and local.commit_named("HEAD") == two
    assert local.commit_named("main^{tree}") is None and local.commit_named("--all") is None
    assert local.tree_of("main") == local.tree_of(two) != local.tree_of(one)


def test_histories_meet_at_their_merge_base_or_nowhere(
    local: BareRepository, commit: Callable[..., str]
) -> None:
    base = commit(None, "a", b"1")
    one = commit(base, "a", b"2")
    other = commit(base, "a", b"3")
    foreign = commit(None, "z", b"9")
    assert local.merge_base(one, other) == base and local.merge_base(one, foreign) is None
    assert local.is_ancestor(base, one) and not local.is_ancestor(one, base)
    with pytest.raises(CommandFailed):
        local.merge_base(one, "1" * 40)


def test_the_beginning_of_an_output_is_all_that_is_read(
    local: BareRepository, commit: Callable[..., str]
) -> None:
    sha = commit(None, "a", b"0123456789")
    assert local.beginning(4, "cat-file", "blob", f"{sha}:a") == (b"0123", False)
    assert local.beginning(10, "cat-file", "blob", f"{sha}:a") == (b"0123456789", True)
    with pytest.raises(CommandFailed):
        local.beginning(10, "cat-file", "blob", f"{sha}:b")


def test_a_repository_names_its_origin_if_it_has_one(local: BareRepository) -> None:
    assert local.origin() is None
    local.run("config", "remote.origin.url", "https://example.org/x.git")
    assert local.origin() == "https://example.org/x.git"
