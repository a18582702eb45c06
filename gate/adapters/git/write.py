"""Writing objects: blobs, trees with paths changed, commits, merges. Refs move only by compare-and-swap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.command import CommandFailed, RefMoved
from sluicegate.gate.adapters.git.folder_lock import TemporaryFolder
from sluicegate.gate.adapters.git.names import ZERO


@dataclass(frozen=True)
class Signature:
    """Who a commit is by; `date` in a form that git reads (empty: now)."""

    name: str
    email: str
    date: str = ""

    def environment(self, role: str) -> dict[str, str]:
        """GIT_AUTHOR_* or GIT_COMMITTER_*."""
        fields = {"NAME": self.name, "EMAIL": self.email}
        if self.date:
            fields["DATE"] = self.date
        return {f"GIT_{role}_{key}": value for key, value in fields.items()}


@dataclass(frozen=True)
class Change:
    """What a path becomes: a blob by its id, of a mode; None removes the path."""

    blob: str | None
    mode: str = "100644"


def write_blob(git: BareRepository, content: bytes) -> str:
    """Write a blob object; its id."""
    return git.text("hash-object", "-w", "--stdin", stdin=content)


def write_tree(git: BareRepository, base: str | None, changes: Mapping[str, Change]) -> str:
    """Write the tree of `base` (a commit, or None for an empty one) with some paths changed; its id."""
    with TemporaryFolder("sluice-index-") as folder:
        index = {"GIT_INDEX_FILE": str(folder / "index")}
        if base is not None:
            git.run("read-tree", base, extra=index)
        lines = "".join(_index_line(path, change) for path, change in changes.items())
        git.run("update-index", "-z", "--index-info", stdin=lines.encode(), extra=index)
        return git.text("write-tree", extra=index)


def _index_line(path: str, change: Change) -> str:
    if change.blob is None:
        return f"0 {ZERO}\t{path}\0"
    return f"{change.mode} {change.blob}\t{path}\0"


def write_commit(
    git: BareRepository,
    tree: str,
    parents: Sequence[str],
    message: str,
    *,
    author: Signature,
    committer: Signature | None = None,
) -> str:
    """Write a commit object, by its author unless another committer is given; its id. No ref moves."""
    words = [word for parent in parents for word in ("-p", parent)]
    people = author.environment("AUTHOR") | (committer or author).environment("COMMITTER")
    return git.text("commit-tree", tree, *words, stdin=message.encode(), extra=people)


def merge_trees(git: BareRepository, base: str, head: str) -> str | None:
    """Write the tree of merging `head` into `base`; None if they conflict or share no history."""
    try:
        return git.text("merge-tree", "--write-tree", "--no-messages", base, head)
    except CommandFailed as error:
        if error.code == 1 or "unrelated histories" in error.stderr:
            return None
        raise


def put_merge(git: BareRepository, sha: str, into: tuple[str, str], of: tuple[str, str]) -> None:
    """Let a branch go on to a merge that was written; `into` and `of` are (ref, sha) as they were read.

    Raises RefMoved where one of them moved since, with nothing written to a ref.
    """
    base_ref, base = into
    head_ref, head = of
    git.update_refs([(base_ref, sha, base)], verify={head_ref: head})
    tip = git.resolve(base_ref)
    if tip is None or not git.is_ancestor(sha, tip):
        raise RefMoved(f"{base_ref} does not hold the merge {sha}", "read it again and merge again")
