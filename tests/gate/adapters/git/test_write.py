from __future__ import annotations

from collections.abc import Callable

import pytest

from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.command import RefMoved
from sluicegate.gate.adapters.git.names import ZERO
from sluicegate.gate.adapters.git.objects import history, read_tree
from sluicegate.gate.adapters.git.write import Signature, merge_trees, put_merge, write_commit


def test_a_merge_is_not_written_when_either_end_moved(
    local: BareRepository, commit: Callable[..., str], ann: Signature
) -> None:
    base = commit(None, "a", b"1")
    head, later = commit(base, "b", b"1"), commit(base, "c", b"1")
    tree = merge_trees(local, base, head)
    assert tree is not None
    made = write_commit(local, tree, (base, head), "Merge", author=ann)
    ends = {"refs/heads/main": base, "refs/heads/topic": head}
    for moved in ends:
        positions = {ref: later if ref == moved else sha for ref, sha in ends.items()}
        local.update_refs([(ref, sha, local.resolve(ref) or ZERO) for ref, sha in positions.items()])
        with pytest.raises(RefMoved):
            put_merge(local, made, ("refs/heads/main", base), ("refs/heads/topic", head))
        assert local.resolve("main") == (later if moved == "refs/heads/main" else base)
    local.update_refs([("refs/heads/topic", head, later)])
    put_merge(local, made, ("refs/heads/main", base), ("refs/heads/topic", head))
    assert local.resolve("main") == made
    assert {entry.path for entry in read_tree(local, made)} == {"a", "b"}


def test_conflicts_and_foreign_histories_do_not_merge(
    local: BareRepository, commit: Callable[..., str]
) -> None:
    base = commit(None, "a", b"1")
    one, two = commit(base, "a", b"2"), commit(base, "a", b"3")
    foreign = commit(None, "z", b"9")
    assert merge_trees(local, one, two) is None
    assert merge_trees(local, one, foreign) is None
    assert set(history(local, one, without=two)) == {one}
