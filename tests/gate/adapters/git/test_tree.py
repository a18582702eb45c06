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
