"""A repository as the gate uses it: read at one revision, commit without a work tree, push plainly.

The remote's branches `main` and `gate-evidence` are mirrored into a local bare copy. A commit's parent is the
tip that was read, and the push is atomic, never forced and never leased: that is the compare-and-swap by
which no writer overwrites another.
"""

from __future__ import annotations

import logging
import re
import shutil
import tempfile
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
    RaceLost,
    call,
    last_words,
    run,
    shown,
)
from sluicegate.gate.adapters.git.contents import ObjectReader
from sluicegate.gate.adapters.git.listing import Listings
from sluicegate.gate.adapters.git.names import branch_ref, valid_branch
from sluicegate.gate.adapters.git.objects import Commit, Entry
from sluicegate.gate.adapters.git.tree import READ_LIMIT, GitTree
from sluicegate.gate.adapters.git.write import Change, Signature, write_blob, write_commit, write_tree

AUTHOR = ("sluice-gate", "gate@sluicegate.dev")
MAIN = "main"
EVIDENCE = "gate-evidence"
_RACE = re.compile(
    r"fetch first|non-fast-forward|stale info|cannot lock ref|incorrect old value|\.lock'|failed to update"
)
_log = logging.getLogger(__name__)


class Repository:
    """A remote (an address or a path) and its local bare copy.

    `cache` keeps the copy between runs; without it the copy is in a temporary folder until `close`.
    `push_guard` is called before each push and raises PushRefused where there must not be one.

    Raises GitAbsent and NotARepository.
    """

    def __init__(
        self,
        url: str | Path,
        cache: Path | None = None,
        branches: Sequence[str] = (MAIN, EVIDENCE),
        push_guard: Callable[[], None] | None = None,
    ) -> None:
        self._push_guard = push_guard
        self.url = str(Path(url).resolve()) if Path(url).exists() else str(url)
        self.branches = tuple(branches)
        if self.url.startswith("-") or not all(valid_branch(branch) for branch in self.branches):
            message = f"{shown(self.url)!r} or a branch of {self.branches} is not a name"
            raise NotARepository(message, "give an address or a path")
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        if cache is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="sluice-git-")
            cache = Path(self._temporary.name) / "copy.git"
        self.directory = cache
        self.git = BareRepository(cache)
        if not (cache / "HEAD").exists():
            BareRepository.create(cache, self.branches[0])
        self.blobs = ObjectReader(cache)
        self._tips = self._heads()
        self._listings = Listings(self.git, self.blobs)
        self.tree = lru_cache(maxsize=64)(self._tree)
        self._is_ancestor = lru_cache(maxsize=1024)(self.git.is_ancestor)
        self._contained: dict[str, str] = {}
        """By commit: the last tip that is known to contain it."""
        self.memo: object | None = None
        """What a reader made of it and keeps from one reading to the next; see `gate.daemon.memo`."""

    @classmethod
    def in_place(cls, directory: Path, branches: Sequence[str] = (MAIN, EVIDENCE)) -> Repository:
        """The repository of a git directory, or of a clone, itself and not a copy. Raises NotARepository."""
        dotgit = directory / ".git"
        located = dotgit if dotgit.is_dir() else directory
        if not located.is_dir() or call(located, "rev-parse", "--git-dir").returncode:
            raise NotARepository(f"{directory} is not a git repository", "give a git directory or a URL")
        return cls(located, cache=located, branches=branches)

    def __enter__(self) -> Repository:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the reading process and remove a temporary copy."""
        self.blobs.close()
        if self._temporary is not None:
            shutil.rmtree(self._temporary.name, ignore_errors=True)

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
        there = self.remote()
        moved = [branch for branch, sha in there.items() if self._tips.get(branch) != sha]
        deleted = set(self._tips) - set(there)
        if moved:
            refspecs = [f"+{branch_ref(branch)}:{branch_ref(branch)}" for branch in moved]
            options = ("--quiet", "--no-tags", "--no-write-fetch-head")
            run(self.directory, "fetch", *options, self.url, *refspecs)
        for branch in deleted:
            run(self.directory, "update-ref", "-d", branch_ref(branch))
        if moved or deleted:
            _log.debug("fetched %s: moved %s, deleted %s", shown(self.url), moved, sorted(deleted))
            self._tips = self._heads()

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
        """The commit of this full id, if it is here; without a process of its own. Raises GitError."""
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
        return self.blobs.object_named(f"{revision}:{path}")

    def entries(self, revision: str, prefix: str = "") -> list[Entry]:
        """Every file of a commit under `prefix`. Raises GitError for a revision that is not here."""
        return tree.entries(self.git, revision, prefix)

    def changed(self, base: str, head: str) -> list[tuple[str, str]]:
        """(status, path) of every file that differs: A added, D deleted, M modified, T type changed."""
        return diff.name_status(self.git, base, head)

    def log(self, revision: str, path: str | None = None, limit: int = 1000) -> list[Commit]:
        """The first-parent history, newest first; with `path`, only the commits that changed it."""
        return objects.log(self.git, revision, path=path, limit=limit)

    def commit(
        self,
        parent: str | None,
        changes: Mapping[str, bytes],
        message: str,
        now: datetime,
        author: tuple[str, str] = AUTHOR,
    ) -> str:
        """A new commit in the local copy: `parent`'s files (none for None) and these. Moves no branch."""
        name, email = author
        written = {path: Change(write_blob(self.git, data)) for path, data in changes.items()}
        files = write_tree(self.git, parent, written)
        parents = () if parent is None else (parent,)
        by = Signature(name, email, f"{int(now.timestamp())} +0000")
        return write_commit(self.git, files, parents, message, author=by)

    def push(self, refs: Mapping[str, str]) -> None:
        """One plain atomic push of commits to branches, then a check whether they arrived.

        Raises RaceLost when another writer was first (fetch, read and decide again), PushRefused when the
        remote refuses for its own reasons, or the push guard does; neither leaves anything on the remote.
        """
        if self._push_guard is not None:
            self._push_guard()
        refspecs = [f"{sha}:{branch_ref(branch)}" for branch, sha in refs.items()]
        done = call(self.directory, "push", "--atomic", "--porcelain", "--no-verify", self.url, *refspecs)
        there = self.remote()
        if done.returncode:
            answer = shown((done.stdout + done.stderr).decode("utf-8", "replace")).strip()[:1000]
            raise self._refusal(refs, there, answer)
        if all(there.get(branch) == sha for branch, sha in refs.items()):
            moves = "".join(f"update {branch_ref(branch)} {sha}\n" for branch, sha in refs.items())
            run(self.directory, "update-ref", "--stdin", stdin=moves.encode())
            self._tips |= refs
            return
        self.fetch()
        for branch, sha in refs.items():
            if not self.contains(self.tip(branch), sha):
                message = f"{branch} does not hold {sha[:12]} after the push"
                raise PushRefused(message, "see who rewrites it, and forbid that")

    def _refusal(self, refs: Mapping[str, str], there: Mapping[str, str], answer: str) -> PushRefused:
        """The error of a push that the remote did not take, by what the remote has now and answered."""
        moved = [branch for branch in refs if there.get(branch) != self.tip(branch)]
        if moved or _RACE.search(answer):
            _log.info("lost a race on %s", ", ".join(moved or refs))
            return RaceLost(f"another writer moved {', '.join(moved or refs)} first", "read and decide again")
        message = f"{shown(self.url)} refused the push: {answer}"
        return PushRefused(message, "allow the gate to write these branches")
