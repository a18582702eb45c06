"""Writing objects: commits, trees with one path changed, merges. Refs move only by compare-and-swap."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from sluicegate.embedded.forge.git import ZERO, Git, GitError, RefMoved
from sluicegate.embedded.forge.objects import EMPTY_TREE


class WrittenTreeDiffers(RuntimeError):
    """A merge was written, and reading it back gave another tree; git fsck shows the damage."""


@dataclass(frozen=True)
class Signature:
    """Who stands in a commit; `date` in a form that git reads (empty: now)."""

    name: str
    email: str
    date: str = ""

    def environment(self, role: str) -> dict[str, str]:
        """GIT_AUTHOR_* or GIT_COMMITTER_*."""
        fields = {"NAME": self.name, "EMAIL": self.email} | ({"DATE": self.date} if self.date else {})
        return {f"GIT_{role}_{key}": value for key, value in fields.items()}


def commit_tree(
    git: Git, tree: str, parents: tuple[str, ...], message: str, *, author: Signature, committer: Signature
) -> str:
    """Write a commit object; no ref moves."""
    words = [word for parent in parents for word in ("-p", parent)]
    who = author.environment("AUTHOR") | committer.environment("COMMITTER")
    return git.text("commit-tree", tree, *words, stdin=message.encode(), extra=who)


def write_blob(git: Git, content: bytes) -> str:
    """Write a blob object."""
    return git.text("hash-object", "-w", "--stdin", stdin=content)


def tree_with(git: Git, base: str | None, path: str, blob: str | None, mode: str = "100644") -> str:
    """The tree of `base` (a commit, or None for an empty one) with one path set to a blob, or removed."""
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        git.run("read-tree", base or EMPTY_TREE, extra=index) if base else git.run(
            "read-tree", "--empty", extra=index
        )
        line = f"{mode if blob else '0'} {blob or ZERO}\t{path}\0"
        git.run("update-index", "-z", "--index-info", stdin=line.encode(), extra=index)
        return git.text("write-tree", extra=index)


def merge_trees(git: Git, base: str, head: str) -> str | None:
    """The tree of merging `head` into `base`; None if they conflict or share no history."""
    try:
        return git.text("merge-tree", "--write-tree", "--no-messages", base, head)
    except GitError as error:
        if error.code == 1 or "unrelated histories" in error.stderr:
            return None
        raise


def merge_commit(
    git: Git, into: tuple[str, str], of: tuple[str, str], tree: str, message: str, *, who: Signature
) -> str:
    """Commit a merged tree; `into` and `of` are (ref, sha), and both must still stand where they were read.

    Raises `RefMoved` (nothing written to a ref), `WrittenTreeDiffers`.
    """
    (base_ref, base), (head_ref, head) = into, of
    sha = commit_tree(git, tree, (base, head), message, author=who, committer=who)
    git.update_refs([(base_ref, sha, base)], verify={head_ref: head})
    tip = git.resolve(base_ref)
    if tip is None or not git.is_ancestor(sha, tip):
        raise RefMoved(f"{base_ref} does not hold the merge {sha}")
    if git.text("rev-parse", "--verify", f"{sha}^{{tree}}") != tree:
        raise WrittenTreeDiffers(f"{sha} was written with tree {tree} and holds another: run git fsck")
    return sha
