from __future__ import annotations

from pathlib import Path

import pytest

from sluicegate.embedded.forge.git import ZERO, Git, GitError, RefMoved
from sluicegate.embedded.forge.objects import (
    difference,
    find_entry,
    history,
    read_commits,
    read_tree,
    trailers,
)
from sluicegate.embedded.forge.writing import (
    Signature,
    commit_tree,
    merge_commit,
    merge_trees,
    tree_with,
    write_blob,
)

ANN = Signature("Ann", "ann@example.org", "2013-01-02T03:04:05+01:00")


@pytest.fixture
def bare(tmp_path: Path) -> Git:
    return Git.create(tmp_path / "r.git")


def commit(git: Git, parent: str | None, path: str, content: bytes | None, message: str = "Change") -> str:
    blob = write_blob(git, content) if content is not None else None
    tree = tree_with(git, parent, path, blob)
    return commit_tree(git, tree, (parent,) if parent else (), message, author=ANN, committer=ANN)


def test_a_commit_is_read_as_it_was_written(bare: Git) -> None:
    sha = commit(bare, None, "a.txt", b"a", "Tïtle\n\nBody\n\nGate-Model: a\nGate-Weight: 5 -> 25\n")
    (read,) = read_commits(bare, [sha])
    assert (read.author.name, read.author.email) == ("Ann", "ann@example.org")
    assert read.author.date == "2013-01-02T02:04:05Z"
    assert read.message.startswith("Tïtle\n\nBody") and read.parents == ()
    assert trailers(bare, [sha]) == {sha: [("Gate-Model", "a"), ("Gate-Weight", "5 -> 25")]}
    with pytest.raises(GitError):
        read_commits(bare, [read.tree])


def test_refs_move_only_from_where_they_were_read_and_all_or_none(bare: Git) -> None:
    one = commit(bare, None, "a", b"1")
    two = commit(bare, one, "a", b"2")
    bare.update_refs([("refs/heads/main", one, ZERO), ("refs/heads/other", one, ZERO)])
    for stale in (two, ZERO):
        with pytest.raises(RefMoved):
            bare.update_refs([("refs/heads/other", two, one), ("refs/heads/main", two, stale)])
    assert bare.resolve("main") == bare.resolve("other") == one
    bare.update_refs([("refs/heads/other", ZERO, one), ("refs/heads/main", two, one)])
    assert list(bare.refs()) == ["refs/heads/main"] and bare.resolve("main") == two


def test_a_merge_is_not_written_when_either_end_moved(bare: Git) -> None:
    base = commit(bare, None, "a", b"1")
    head, later = commit(bare, base, "b", b"1"), commit(bare, base, "c", b"1")
    tree = merge_trees(bare, base, head)
    assert tree is not None
    ends = {"refs/heads/main": base, "refs/heads/topic": head}
    for moved in ends:
        places = {ref: later if ref == moved else sha for ref, sha in ends.items()}
        bare.update_refs([(ref, sha, bare.resolve(ref) or ZERO) for ref, sha in places.items()])
        with pytest.raises(RefMoved):
            merge_commit(bare, ("refs/heads/main", base), ("refs/heads/topic", head), tree, "Merge", who=ANN)
        assert bare.resolve("main") == (later if moved == "refs/heads/main" else base)
    bare.update_refs([("refs/heads/topic", head, later)])
    made = merge_commit(bare, ("refs/heads/main", base), ("refs/heads/topic", head), tree, "Merge", who=ANN)
    assert bare.resolve("main") == made
    assert {entry.path for entry in read_tree(bare, made)} == {"a", "b"}


def test_conflicts_and_foreign_histories_do_not_merge(bare: Git) -> None:
    base = commit(bare, None, "a", b"1")
    one, two = commit(bare, base, "a", b"2"), commit(bare, base, "a", b"3")
    foreign = commit(bare, None, "z", b"9")
    assert merge_trees(bare, one, two) is None
    assert merge_trees(bare, one, foreign) is None
    assert set(history(bare, one, without=two)) == {one}


def test_differences_of_every_kind(bare: Git) -> None:
    old = commit(bare, None, "gone.txt", b"1\n2\n3\n4\n")
    before = {"kept.txt": b"a\nb\n", "was.txt": b"long enough\nto be\nfound again\n", "t": b"file"}
    for path, content in before.items():
        old = commit(bare, old, path, content)
    new = commit(bare, old, "gone.txt", None)
    new = commit(bare, new, "kept.txt", b"a\nc\n")
    new = commit(bare, new, "was.txt", None)
    new = commit(bare, new, 'is "odd"\né.txt', b"long enough\nto be\nfound again\n")
    new = commit(bare, new, "bin", b"\0\1")
    tree = tree_with(bare, new, "t", write_blob(bare, b"kept.txt"), "120000")
    new = commit_tree(bare, tree, (new,), "Link", author=ANN, committer=ANN)
    found = {change.path: change for change in difference(bare, old, new)}
    shown = {path: (one.status, one.additions, one.deletions) for path, one in found.items()}
    assert shown == {
        "gone.txt": ("removed", 0, 4), "kept.txt": ("modified", 1, 1), "is \"odd\"\né.txt": ("renamed", 0, 0),
        "bin": ("added", 0, 0), "t": ("changed", 1, 1),
    }  # fmt: skip
    assert found['is "odd"\né.txt'].previous == "was.txt"
    assert found["bin"].patch is None
    assert found["kept.txt"].patch == "@@ -1,2 +1,2 @@\n a\n-b\n+c"
    assert (found["t"].patch or "").count("@@ -") == 2
    assert find_entry(bare, new, "kept.txt") and not find_entry(bare, new, "k*.txt")


@pytest.mark.parametrize(
    "name", ["--all", "HEAD~1", "main^{tree}", ":a", "@", "refs/heads/../x", "-h", "a b"]
)
def test_only_plain_names_resolve(bare: Git, name: str) -> None:
    bare.update_refs([("refs/heads/main", commit(bare, None, "a", b"1"), ZERO)])
    assert bare.resolve("main") == bare.resolve("HEAD") == bare.resolve(str(bare.resolve("main"))[:9])
    assert bare.resolve(name) is None


def test_a_branch_that_looks_like_a_sha_is_the_branch(bare: Git) -> None:
    one = commit(bare, None, "a", b"1")
    two = commit(bare, one, "a", b"2")
    bare.update_refs([(f"refs/heads/{one[:8]}", two, ZERO)])
    assert bare.resolve(one[:8]) == two
    assert bare.resolve(one) == one
