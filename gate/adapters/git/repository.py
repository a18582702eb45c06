"""A repository as the gate uses it: read at one revision, commit without a work tree, push plainly.

The remote's branches `main` and `gate-evidence` are mirrored into a local bare copy. A commit's parent is the
tip that was read, and the push is atomic, never forced and never leased: that is the compare-and-swap by
which no writer overwrites another.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from sluicegate.gate.adapters.git import diff, objects, tree
from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.command import (
    GitError,
    NotARepository,
    PushRefused,
    call,
    last_words,
    run,
    shown,
)
from sluicegate.gate.adapters.git.contents import ObjectReader
from sluicegate.gate.adapters.git.fast_import import Chain, NewCommit, write_chains
from sluicegate.gate.adapters.git.listing import Listings
from sluicegate.gate.adapters.git.local_copy import KeptCopy, LocalCopy, TemporaryCopy
from sluicegate.gate.adapters.git.names import branch_ref, valid_branch
from sluicegate.gate.adapters.git.objects import Commit, Entry
from sluicegate.gate.adapters.git.push import not_sent, race_lost, refusal, send, unreadable
from sluicegate.gate.adapters.git.tree import READ_LIMIT, GitTree
from sluicegate.specs.names import is_revision

AUTHOR = ("sluice-gate", "gate@sluicegate.dev")
MAIN = "main"
EVIDENCE = "gate-evidence"
_log = logging.getLogger(__name__)


class Repository:
    """A remote (an address or a path) and its local bare copy.

    `cache` keeps the copy between runs; without it the copy is in a temporary folder until `close`, or until
    the next start after a kill. `copy` is a git directory to work on as it is.
    `push_guard` is called before each push and raises PushRefused where there must not be one.

    Raises GitAbsent and NotARepository.
    """

    def __init__(
        self,
        url: str | Path,
        cache: Path | None = None,
        branches: Sequence[str] = (MAIN, EVIDENCE),
        push_guard: Callable[[], None] | None = None,
        *,
        copy: LocalCopy | None = None,
    ) -> None:
        self._push_guard = push_guard
        self.url = str(Path(url).resolve()) if Path(url).exists() else str(url)
        self.branches = tuple(branches)
        if self.url.startswith("-") or not all(valid_branch(branch) for branch in self.branches):
            message = f"{shown(self.url)!r} or a branch of {self.branches} is not a name"
            raise NotARepository(message, "give an address or a path")
        self._copy = _copy(copy or cache, self.branches[0])
        self.directory = self._copy.directory
        self.git = BareRepository(self.directory)
        self.blobs = ObjectReader(self.directory)
        self._tips = self._heads()
        self._listings = Listings(self.git, self.blobs)
        self.tree = lru_cache(maxsize=64)(self._tree)
        self._is_ancestor = lru_cache(maxsize=1024)(self.git.is_ancestor)
        self._contained: dict[str, str] = {}
        """By commit: the last tip that is known to contain it."""
        self.memo: object | None = None
        """What a reader made of it and keeps from one reading to the next; see `gate.daemon.memo`."""
        self.doublings = 0
        """How crowded its branches were when they were last written to; see `gate.daemon.racing`."""

    @classmethod
    def in_place(cls, directory: Path, branches: Sequence[str] = (MAIN, EVIDENCE)) -> Repository:
        """The repository of a git directory, or of a clone, itself and not a copy. Raises NotARepository."""
        dotgit = directory / ".git"
        located = dotgit if dotgit.is_dir() else directory
        if not located.is_dir() or call(located, "rev-parse", "--git-dir").returncode:
            raise NotARepository(f"{directory} is not a git repository", "give a git directory or a URL")
        return cls(located, branches=branches, copy=LocalCopy(located))

    def __enter__(self) -> Repository:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the reading process and remove a temporary copy."""
        self.blobs.close()
        self._copy.close()

    def remote(self) -> dict[str, str]:
        """The commit of each branch on the remote now. Raises NotARepository if it cannot be read."""
        refs = [branch_ref(branch) for branch in self.branches]
        done = call(self.directory, "ls-remote", "--heads", self.url, *refs)
        if done.returncode:
            reason = last_words(done)[:500]
            message = f"{shown(self.url)} cannot be read as a repository: {reason}"
            raise NotARepository(message, "check address and access")
        pairs = (line.split("\t") for line in done.stdout.decode().splitlines())
        return {ref.removeprefix("refs/heads/"): sha for sha, ref in pairs if ref in refs}

    def fetch(self) -> None:
        """Bring the branches to where the remote has them; a branch deleted there goes here as well."""
        self._follow(self.remote())

    def _follow(self, there: Mapping[str, str]) -> None:
        """Bring the branches to where the remote was just seen to have them, or has moved them since."""
        moved = [branch for branch, sha in there.items() if self._tips.get(branch) != sha]
        deleted = set(self._tips) - set(there)
        if moved:
            refspecs = [f"+{branch_ref(branch)}:{branch_ref(branch)}" for branch in moved]
            options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance")
            run(self.directory, "fetch", *options, self.url, *refspecs)
        for branch in deleted:
            run(self.directory, "update-ref", "-d", branch_ref(branch))
        if moved or deleted:
            _log.debug("fetched %s: moved %s, deleted %s", shown(self.url), moved, sorted(deleted))
            self._tips = self._heads()

    def bring(self, sha: str) -> None:
        """Bring one commit of the remote, by its full id, of whatever branch. Raises GitError."""
        if not is_revision(sha):
            raise GitError(f"{shown(sha)!r} is not the full id of a commit", "name one")
        if self.commit_at(sha) is None:
            options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance")
            run(self.directory, "fetch", *options, self.url, sha)

    def tip(self, branch: str) -> str | None:
        """The branch's commit as of the last fetch or push; None if there is no such branch."""
        return self._tips.get(branch)

    def tip_now(self, branch: str) -> str | None:
        """The branch's commit in the local copy at this moment, without a process of its own; None for none.

        For a repository in place, which others move. Raises GitError.
        """
        return self.blobs.object_named(branch_ref(branch))

    def _heads(self) -> dict[str, str]:
        """The local copy's branches."""
        refs = self.git.refs(*(branch_ref(branch) for branch in self.branches))
        tips = {ref.removeprefix("refs/heads/"): sha for ref, (sha, _) in refs.items()}
        return {branch: sha for branch, sha in tips.items() if branch in self.branches}

    def commit_named(self, revision: str) -> str | None:
        """The commit of any name that git knows, as a person types it; None for no commit."""
        return self.git.commit_named(revision)

    def commit_at(self, sha: str) -> str | None:
        """The commit of this full id, or with `^` behind it its first parent, if that is here.

        Without a process of its own. Raises GitError.
        """
        return self.blobs.commit_at(sha)

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor of two commits; None if they share nothing here."""
        return self.git.merge_base(one, other)

    def contains(self, tip: str | None, sha: str) -> bool:
        """Whether `sha` is `tip` or one of its ancestors; False for a commit that is not here.

        Where `tip` only went on since this was last asked, no process is started for each `sha`: one compares
        the tips. Raises GitError where git cannot say.
        """
        if tip is None:
            return False
        known = self._contained.get(sha)
        if known == tip or (known is not None and self._is_ancestor(known, tip)):
            self._contained[sha] = tip
            return True
        if self.blobs.object_named(sha) is None or not self._is_ancestor(sha, tip):
            return False
        self._contained[sha] = tip
        return True

    def _tree(self, revision: str) -> GitTree:
        """The files of one commit, by its full sha."""
        return GitTree(self._listings, self.blobs, revision)

    def read(self, revision: str, path: str, limit: int = READ_LIMIT) -> bytes:
        """The bytes of one file of a revision. Raises NoSuchFile and FileTooLarge."""
        return self.tree(revision).read(path, limit)

    def blob(self, oid: str) -> bytes:
        """The bytes of one blob."""
        return self.blobs.read(oid)

    def object_at(self, revision: str, path: str) -> str | None:
        """The id of what a commit has at a path, also of a folder, without a new process; None for nothing.

        An id of a folder is another one as soon as anything below it is. Raises GitError.
        """
        if "\n" in path:
            raise GitError(f"{path!r} has a line break", "rename it")
        listed = self._listings.known(revision)
        if listed is not None and path in listed:
            return listed[path].oid
        return self.blobs.object_named(f"{revision}:{path}")

    def entries(self, revision: str, prefix: str = "") -> list[Entry]:
        """Every file of a commit under `prefix`. Raises GitError for a revision that is not here."""
        return tree.entries(self.git, revision, prefix)

    def moved(self, base: str, head: str) -> list[diff.Moved]:
        """Every file that differs, by one process however often it is asked. Raises GitError."""
        return self._listings.moved(base, head)

    def changed(self, base: str, head: str) -> list[tuple[str, str]]:
        """(status, path) of every file that differs: A added, D deleted, M modified, T type changed."""
        return diff.name_status(self.git, base, head)

    def log(self, revision: str, path: str | None = None, limit: int = 1000) -> list[Commit]:
        """The first-parent history, newest first; with `path`, only the commits that changed it."""
        return objects.log(self.git, revision, path=path, limit=limit)

    def listing(self, revision: str, folder: str) -> dict[str, str]:
        """The names in a folder of a commit and their ids; none where there is no such folder."""
        return self.blobs.listing(revision, folder)

    def folder(self, oid: str) -> dict[str, str]:
        """The names in a folder by its own id, as `object_at` gives it, and their ids. Raises GitError."""
        return self.blobs.listing(oid, "")

    def write(self, *chains: Chain) -> list[list[str]]:
        """All commits of some chains in the local copy, by one process; their ids. Moves no branch.

        Raises GitError; then none of them is there, and no half of one.
        """
        try:
            return write_chains(self.git, chains)
        except GitError:
            self._copy.tidy()
            raise

    def commit(
        self,
        parent: str | None,
        changes: Mapping[str, bytes | None],
        message: str,
        now: datetime,
        author: tuple[str, str] = AUTHOR,
    ) -> str:
        """A new commit in the local copy: `parent`'s files (none for None) and these. Moves no branch.

        A file whose content is None is taken away.
        """
        ((sha,),) = self.write(Chain(parent, [NewCommit(changes, message, now, author)]))
        return sha

    def push(self, refs: Mapping[str, str], commits: int = 1) -> None:
        """One plain atomic push of commits to branches, then a check whether they arrived.

        How many `commits` it carries gives its time limit. One that ended without an answer, and arrived, is
        a success. Raises RaceLost when another writer was first (fetch, read and decide again), RemoteLocked
        when nobody was and the remote is locked, PushRefused when the remote refuses for its own reasons, or
        the push guard does; none of these leaves anything on the remote. Raises PushUnanswered where nobody
        knows yet whether it will arrive: then it may still, whole and once.
        """
        if self._push_guard is not None:
            self._push_guard()
        before = {branch: self.tip(branch) for branch in refs}
        answer = send(self.directory, self.url, refs, commits)
        if ahead := not_sent(answer):
            raise race_lost(ahead)
        try:
            there = self.remote()
        except GitError as error:
            raise unreadable(error, answer) from error
        if all(there.get(branch) == sha for branch, sha in refs.items()):
            self._take(refs)
            if answer is not None:
                _log.warning("the push arrived, though it ended with: %s", answer)
            return
        moved = [branch for branch, sha in refs.items() if there.get(branch) not in (before[branch], sha)]
        if answer is not None and not moved:
            raise refusal(self.url, answer, moved, list(refs))
        self._follow(there)
        if all(self.contains(self.tip(branch), sha) for branch, sha in refs.items()):
            return
        if answer is None:
            message = f"{' and '.join(refs)} do not hold what was pushed"
            raise PushRefused(message, "see who rewrites them, and forbid that")
        _log.info("lost a race on %s", ", ".join(moved))
        raise refusal(self.url, answer, moved, list(refs))

    def _take(self, refs: Mapping[str, str]) -> None:
        """Note locally what arrived. Where that fails the next fetch does it."""
        moves = "".join(f"update {branch_ref(branch)} {sha}\n" for branch, sha in refs.items())
        try:
            run(self.directory, "update-ref", "--stdin", stdin=moves.encode())
        except GitError as error:
            _log.warning("the push arrived, and could not be noted in %s: %s", self.directory, error)
        else:
            self._tips |= refs


def _copy(given: LocalCopy | Path | None, branch: str) -> LocalCopy:
    """The local copy: one that is given, one that is kept at a path, or a temporary one."""
    if given is None:
        return TemporaryCopy(branch)
    if isinstance(given, LocalCopy):
        return given
    return KeptCopy(given, branch)
