"""`tree` as its users see it is in test_repository: links, limits, copies, prefixes. Here: the remedies."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.command import FileTooLarge, GitError, NoSuchFile
from sluicegate.gate.adapters.git.contents import ObjectReader
from sluicegate.gate.adapters.git.listing import Listings
from sluicegate.gate.adapters.git.tree import GitTree


def test_every_refusal_has_a_remedy_of_its_own(local: BareRepository, commit: Callable[..., str]) -> None:
    reader = ObjectReader(local.path)
    listings = Listings(local, reader)
    tree = GitTree(listings, reader, commit(None, "a/b", b"12345"))
    with pytest.raises(NoSuchFile) as absent:
        tree.read("a")
    assert absent.value.remedy == "commit it as a plain file"
    with pytest.raises(FileTooLarge) as large:
        tree.read("a/b", limit=4)
    assert (large.value.message, large.value.remedy) == ("a/b has 5 bytes, more than 4", "make it smaller")
    with pytest.raises(GitError, match="not a commit id"):
        GitTree(listings, reader, "HEAD")
    assert tree.entry("a") is None and tree.entries("c") == []
    reader.close()


def test_a_listed_commit_gives_what_is_at_or_below_a_prefix_in_gits_order(
    local: BareRepository, commit: Callable[..., str]
) -> None:
    """With neighbours that sort before and behind `a/`."""
    tip: str | None = None
    for path in ("a/z", "a/b", "a-b/c", "a.txt", "a0", "\U0001f600", "é", "b"):
        tip = commit(tip, path, b"x")
    assert tip is not None
    reader = ObjectReader(local.path)
    tree = GitTree(Listings(local, reader), reader, tip)
    every = [entry.path for entry in tree.entries()]
    assert every == ["a-b/c", "a.txt", "a/b", "a/z", "a0", "b", "é", "\U0001f600"]
    found = {
        prefix: [entry.path for entry in tree.entries(prefix)]
        for prefix in ("a", "a/", "a/b", "a/c", "a.txt", "a.txt/", "\U0001f600", "é", "z")
    }
    assert found == {
        "a": ["a/b", "a/z"], "a/": ["a/b", "a/z"], "a/b": ["a/b"], "a/c": [], "a.txt": ["a.txt"],
        "a.txt/": [], "\U0001f600": ["\U0001f600"], "é": ["é"], "z": [],
    }  # fmt: skip
    reader.close()
