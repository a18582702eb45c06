from __future__ import annotations

from collections.abc import Callable

import pytest

from sluicegate.gate.adapters.git import listing as module
from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.command import GitError
from sluicegate.gate.adapters.git.contents import ObjectReader
from sluicegate.gate.adapters.git.listing import KEPT, Listings
from sluicegate.gate.adapters.git.tree import GitTree


def test_a_listing_that_is_brought_up_to_date_equals_one_made_anew(
    local: BareRepository, commit: Callable[..., str]
) -> None:
    reader = ObjectReader(local.path)
    kept = Listings(local, reader)
    tip: str | None = None
    for path, content in (
        ("b/x", b"1"), ("a", b"22"), ("b.c", b"3"), ("b/x", b"4444"), ("b/x", None),
        ("ä/\n", b"5"), ("a", None),
    ):  # fmt: skip
        tip = commit(tip, path, content)
        assert list(kept.of(tip).items()) == list(Listings(local, reader).of(tip).items())
    reader.close()


def test_where_much_changed_all_is_listed_again(
    local: BareRepository, commit: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FEW", 0)
    reader = ObjectReader(local.path)
    kept = Listings(local, reader)
    one = commit(None, "a", b"1")
    kept.of(one)
    assert [*kept.of(commit(one, "b", b"2"))] == ["a", "b"]
    reader.close()


def test_only_the_last_few_listings_are_kept(local: BareRepository, commit: Callable[..., str]) -> None:
    reader = ObjectReader(local.path)
    kept = Listings(local, reader)
    tips = [commit(None, "a", str(number).encode()) for number in range(KEPT + 1)]
    for tip in tips:
        kept.of(tip)
    assert [kept.known(tip) is None for tip in tips] == [True] + [False] * KEPT
    with pytest.raises(GitError):
        kept.of("1" * 40)
    reader.close()


def test_one_file_and_one_directory_are_found_without_a_listing(
    local: BareRepository, commit: Callable[..., str]
) -> None:
    reader = ObjectReader(local.path)
    listings = Listings(local, reader)
    tip = commit(commit(commit(None, "m/a/x/ö", b"12"), "m/a b/y", b"3"), "m/a.c", b"4")
    tree = GitTree(listings, reader, tip)
    assert [(e.path, e.size) for e in tree.entries("m/a")] == [("m/a/x/ö", 2)]
    assert [e.path for e in tree.entries("m/a b/")] == ["m/a b/y"]
    assert [e.path for e in tree.entries("m/a.c")] == ["m/a.c"] and tree.entries("m/a.c/") == []
    assert tree.entry("m/a") is None and tree.entry("m/none/x") is None
    assert tree.read("m/a/x/ö") == b"12"
    assert listings.known(tip) is None
    whole = listings.of(tip)
    assert [whole[path] for path in whole] == [tree.entry(path) for path in whole] == tree.entries()
    reader.close()


def test_a_name_that_the_protocol_cannot_carry_is_found_by_the_listing(
    local: BareRepository, commit: Callable[..., str]
) -> None:
    reader = ObjectReader(local.path)
    tree = GitTree(Listings(local, reader), reader, commit(None, "m/a\nb/x", b"1"))
    assert tree.read("m/a\nb/x") == b"1"
    assert [e.path for e in tree.entries("m/a\nb")] == ["m/a\nb/x"]
    reader.close()
