from __future__ import annotations

from collections.abc import Callable

from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.diff import difference
from sluicegate.gate.adapters.git.objects import find_entry
from sluicegate.gate.adapters.git.write import Change, Signature, write_blob, write_commit, write_tree


def test_differences_of_every_kind(local: BareRepository, commit: Callable[..., str], ann: Signature) -> None:
    old = commit(None, "gone.txt", b"1\n2\n3\n4\n")
    before = {"kept.txt": b"a\nb\n", "was.txt": b"long enough\nto be\nfound again\n", "t": b"file"}
    for path, content in before.items():
        old = commit(old, path, content)
    new = commit(old, "gone.txt", None)
    new = commit(new, "kept.txt", b"a\nc\n")
    new = commit(new, "was.txt", None)
    new = commit(new, 'is "odd"\né.txt', b"long enough\nto be\nfound again\n")
    new = commit(new, "bin", b"\0\1")
    tree = write_tree(local, new, {"t": Change(write_blob(local, b"kept.txt"), "120000")})
    new = write_commit(local, tree, (new,), "Link", author=ann)
    found = {change.path: change for change in difference(local, old, new)}
    shown = {path: (one.status, one.additions, one.deletions) for path, one in found.items()}
    assert shown == {
        "gone.txt": ("removed", 0, 4), "kept.txt": ("modified", 1, 1), "is \"odd\"\né.txt": ("renamed", 0, 0),
        "bin": ("added", 0, 0), "t": ("changed", 1, 1),
    }  # fmt: skip
    assert found['is "odd"\né.txt'].previous == "was.txt"
    assert found["bin"].patch is None
    assert found["kept.txt"].patch == "@@ -1,2 +1,2 @@\n a\n-b\n+c"
    assert (found["t"].patch or "").count("@@ -") == 2
    assert find_entry(local, new, "kept.txt") and not find_entry(local, new, "k*.txt")
