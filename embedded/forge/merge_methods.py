"""The three ways to merge a pull: by a merge commit, squashed to one commit, or rebased commit by commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sluicegate.embedded.forge.auth import Token
from sluicegate.embedded.forge.state import signature
from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.objects import Commit, history, read_commits
from sluicegate.gate.adapters.git.write import merge_trees, write_commit

MergeMethod = Literal["merge", "squash", "rebase"]


@dataclass(frozen=True)
class Words:
    """What a merge is called: the commit's title and text as they were asked for, and what defaults need."""

    number: int
    label: str
    """`OWNER:BRANCH` of the head."""
    pull_title: str
    title: str | None = None
    text: str | None = None

    def of_merge(self) -> str:
        """The message of a merge commit."""
        default = f"Merge pull request #{self.number} from {self.label.replace(':', '/', 1)}"
        return self._message(default, self.pull_title)

    def of_squash(self, commits: Sequence[Commit]) -> str:
        """The message of a squash: of one commit its own, of several the pull's title and all their words.

        Source: the default of a repository's squash_merge_commit_title and squash_merge_commit_message.
        """
        if len(commits) == 1:
            subject, _, text = commits[0].text.partition("\n")
            return self._message(f"{subject} (#{self.number})", text.strip())
        listed = "\n\n".join(f"* {commit.text}" for commit in commits)
        return self._message(f"{self.pull_title} (#{self.number})", listed)

    def _message(self, title: str, text: str) -> str:
        title = title if self.title is None else self.title
        text = text if self.text is None else self.text
        return f"{title}\n\n{text}".rstrip() + "\n"


def write_merge(
    git: BareRepository, method: MergeMethod, base: str, head: str, words: Words, *, who: Token, author: Token
) -> str | None:
    """Write the commits of a merge by `who` of a pull of `author`; the last one's id. No ref moves.

    None if they conflict, or if nothing is left to merge.
    """
    if git.is_ancestor(head, base):
        return None
    commits = read_commits(git, history(git, head, without=base)[::-1])
    if method == "rebase":
        return _rebase(git, base, commits, who)
    tree = merge_trees(git, base, head)
    if tree is None:
        return None
    by = signature(who)
    if method == "squash":
        message = words.of_squash(commits)
        return write_commit(git, tree, (base,), message, author=signature(author), committer=by)
    return write_commit(git, tree, (base, head), words.of_merge(), author=by)


def _rebase(git: BareRepository, base: str, commits: Sequence[Commit], who: Token) -> str | None:
    """Write each commit anew on top of the base, as git-rebase(1) does: without merges, and none empty."""
    tip = base
    for commit in commits:
        if len(commit.parents) != 1:
            continue
        tree = _picked(git, tip, commit, who)
        if tree is None:
            return None
        if tree != git.tree_of(tip):
            person = commit.author
            author = signature(who, person.name, person.email, person.date)
            tip = write_commit(git, tree, (tip,), commit.message, author=author, committer=signature(who))
    return None if tip == base else tip


def _picked(git: BareRepository, tip: str, commit: Commit, who: Token) -> str | None:
    """The tree of `tip` with what one commit changed; None if they conflict.

    A commit of the tip's tree whose parent is the commit's has that parent as its merge base with it.
    """
    beside = write_commit(git, f"{tip}^{{tree}}", commit.parents, "pick\n", author=signature(who))
    return merge_trees(git, beside, commit.sha)
