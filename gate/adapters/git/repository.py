"""A repository as the gate uses it: read at one revision, commit without a work tree, push plainly.

The remote's branches `main` and `gate-evidence` are mirrored into a local bare copy. A commit's parent is the
tip that was read, and the push is atomic, never forced and never leased: that is the compare-and-swap by
which no writer overwrites another.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from sluicegate.gate.adapters.git.command import (
    Blobs,
    FileTooLarge,
    GitError,
    NoSuchFile,
    NotARepository,
    PushRefused,
    RaceLost,
    call,
    run,
    shown,
)
from sluicegate.specs.names import is_revision

AUTHOR = ("sluice-gate", "gate@sluicegate.dev")
MAIN = "main"
EVIDENCE = "gate-evidence"
LARGEST = 1 << 20
"""Bytes; the most that `read` takes for one file unless told."""
_BRANCH = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9_./-]*$")
_RACE = re.compile(
    r"fetch first|non-fast-forward|stale info|cannot lock ref|incorrect old value|\.lock'|failed to update"
)


@dataclass(frozen=True)
class Entry:
    """One file of a revision: git's mode (`120000` a link, `160000` a submodule), size in bytes."""

    path: str
    mode: str
    size: int
    oid: str

    @property
    def plain(self) -> bool:
        """Whether it is a file with bytes of its own."""
        return self.mode in ("100644", "100755")


@dataclass(frozen=True)
class Commit:
    """One commit: ids, when it was committed, its whole message."""

    sha: str
    parents: tuple[str, ...]
    at: datetime
    message: str


class GitTree:
    """The files of one revision. Links and submodules are listed, never read or copied."""

    def __init__(self, repository: Repository, revision: str) -> None:
        self.revision = revision
        self._repository = repository
        self._entries = {entry.path: entry for entry in repository.entries(revision)}

    def entries(self, prefix: str = "") -> list[Entry]:
        """Every file at or under `prefix`, in git's order."""
        inside = prefix.rstrip("/") + "/" if prefix else ""
        return [e for path, e in self._entries.items() if path.startswith(inside) or path == prefix]

    def entry(self, path: str) -> Entry | None:
        """What stands at exactly this path."""
        return self._entries.get(path)

    def read(self, path: str, limit: int = LARGEST) -> bytes:
        """The bytes of one file. Raises NoSuchFile (also for a link) and FileTooLarge."""
        entry = self._entries.get(path)
        if entry is None or not entry.plain:
            what = "is not there" if entry is None else "is a link or a submodule"
            raise NoSuchFile(f"{path} {what} at {self.revision[:12]}; commit it as a plain file")
        if entry.size > limit:
            raise FileTooLarge(f"{path} has {entry.size} bytes, more than {limit}; make it smaller")
        return self._repository.blob(entry.oid)

    def copy(self, prefix: str, target: Path) -> None:
        """Write every plain file under `prefix` below `target`. Raises GitError for a path that leads out."""
        inside = prefix.rstrip("/") + "/" if prefix else ""
        plain = [entry for entry in self.entries(prefix) if entry.plain]
        for entry in plain:
            if not entry.path.startswith(inside) or {"", ".."} & set(entry.path[len(inside) :].split("/")):
                raise GitError(f"{entry.path!r} is no path below {prefix!r}; remove it from the commit")
        target.mkdir(parents=True, exist_ok=True)
        for entry in plain:
            place = target / entry.path[len(inside) :]
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("wb") as stream:
                self._repository.blobs.copy(entry.oid, stream)


class Repository:
    """A remote (an address or a path) and its local bare copy.

    `cache` keeps the copy between runs; without it the copy lives in a temporary folder until `close`.
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
        if self.url.startswith("-") or not all(_BRANCH.match(branch) for branch in self.branches):
            raise NotARepository(
                f"{shown(self.url)!r} or a branch of {self.branches} is no name; give an address or a path"
            )
        self._temporary = None if cache else tempfile.TemporaryDirectory(prefix="sluice-git-")
        self.directory = cache or Path(self._temporary.name if self._temporary else "") / "copy.git"
        if not (self.directory / "HEAD").exists():
            run(
                None, "init", "--quiet", "--bare", f"--initial-branch={self.branches[0]}", str(self.directory)
            )
        self.blobs = Blobs(self.directory)
        self._tips = self._heads()
        self.tree = lru_cache(maxsize=64)(self._tree)
        self.memo: dict[tuple[str, ...], object] = {}
        """What a caller made of contents, by their ids; contents never change, so it never grows old."""

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
        """Where the remote's branches stand now. Raises NotARepository when it cannot be read."""
        names = [f"refs/heads/{branch}" for branch in self.branches]
        done = call(self.directory, "ls-remote", "--heads", self.url, *names)
        if done.returncode:
            said = shown(done.stderr.decode("utf-8", "replace")).strip()[:500]
            raise NotARepository(
                f"{shown(self.url)} cannot be read as a repository: {said}; check address and access"
            )
        pairs = (line.split("\t") for line in done.stdout.decode().splitlines())
        return {name.removeprefix("refs/heads/"): sha for sha, name in pairs if name in names}

    def fetch(self) -> None:
        """Bring the branches to where the remote has them; a branch that is gone there goes here as well."""
        there = self.remote()
        moved = [branch for branch, sha in there.items() if self._tips.get(branch) != sha]
        if moved:
            specs = [f"+refs/heads/{branch}:refs/heads/{branch}" for branch in moved]
            run(self.directory, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", self.url, *specs)
        for branch in set(self._tips) - set(there):
            run(self.directory, "update-ref", "-d", f"refs/heads/{branch}")
        self._tips = self._heads() if moved or set(self._tips) != set(there) else self._tips

    def tip(self, branch: str) -> str | None:
        """The branch's commit as of the last fetch or push; None if there is no such branch."""
        return self._tips.get(branch)

    def _heads(self) -> dict[str, str]:
        """The local copy's branches."""
        names = [f"refs/heads/{branch}" for branch in self.branches]
        lines = run(self.directory, "for-each-ref", "--format=%(objectname) %(refname)", *names).decode()
        pairs = (line.split(" ", 1) for line in lines.splitlines())
        return {name.removeprefix("refs/heads/"): sha for sha, name in pairs if name in names}

    def _tree(self, revision: str) -> GitTree:
        """The files of one commit, by its full sha."""
        return GitTree(self, revision)

    def read(self, revision: str, path: str, limit: int = LARGEST) -> bytes:
        """The bytes of one file of a revision. Raises NoSuchFile and FileTooLarge."""
        return self.tree(revision).read(path, limit)

    def blob(self, oid: str) -> bytes:
        """The bytes of one blob."""
        return self.blobs.read(oid)

    def entries(self, revision: str, prefix: str = "") -> list[Entry]:
        """Every file of a commit under `prefix`. Raises GitError for a revision that is not here."""
        if not is_revision(revision):
            raise GitError(f"{revision[:80]!r} is no commit id; give all its 40 hexadecimal digits")
        inside = ("--", prefix.rstrip("/") + "/") if prefix else ()
        lines = run(self.directory, "ls-tree", "-r", "-l", "-z", "--full-tree", revision, *inside).split(
            b"\0"
        )
        found = []
        for line in filter(None, lines):
            head, _, path = line.partition(b"\t")
            mode, _, oid, size = head.decode().split()
            found.append(
                Entry(path.decode("utf-8", "surrogateescape"), mode, int(size) if size != "-" else 0, oid)
            )
        return found

    def changed(self, base: str, head: str) -> list[tuple[str, str]]:
        """(status, path) of every file that differs: A added, D deleted, M modified, T type changed."""
        out = run(self.directory, "diff-tree", "-r", "-z", "--no-renames", "--name-status", base, head)
        parts = out.decode("utf-8", "surrogateescape").split("\0")[:-1]
        return list(zip(parts[::2], parts[1::2], strict=True))

    def log(self, revision: str, path: str | None = None, limit: int = 1000) -> list[Commit]:
        """The first-parent history, newest first; with `path`, only the commits that changed it."""
        inside = ("--", path) if path else ()
        form = "--format=%H%x00%P%x00%cI%x00%B%x00"
        out = run(
            self.directory, "log", "--first-parent", form, "-z", f"--max-count={limit}", revision, *inside
        )
        fields = out.decode("utf-8", "replace").split("\0")
        rows = [fields[i : i + 4] for i in range(0, len(fields) - 4, 5)]
        return [
            Commit(sha, tuple(parents.split()), datetime.fromisoformat(at), message)
            for sha, parents, at, message in rows
        ]

    def commit(
        self,
        parent: str | None,
        changes: Mapping[str, bytes],
        message: str,
        now: datetime,
        author: tuple[str, str] = AUTHOR,
    ) -> str:
        """A new commit in the local copy: `parent`'s files (none for None) and these. Moves no branch."""
        date = f"{int(now.timestamp())} +0000"
        name, mail = author
        with tempfile.TemporaryDirectory(prefix="sluice-index-") as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            if parent is not None:
                run(self.directory, "read-tree", parent, extra=index)
            oids = {path: self._store(data) for path, data in changes.items()}
            lines = "".join(f"100644 {oid}\t{path}\0" for path, oid in oids.items())
            run(self.directory, "update-index", "-z", "--index-info", stdin=lines.encode(), extra=index)
            tree = run(self.directory, "write-tree", extra=index).decode().strip()
        signed = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": mail, "GIT_AUTHOR_DATE": date}
        signed |= {"GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": mail, "GIT_COMMITTER_DATE": date}
        onto = () if parent is None else ("-p", parent)
        return (
            run(self.directory, "commit-tree", tree, *onto, stdin=message.encode(), extra=signed)
            .decode()
            .strip()
        )

    def _store(self, data: bytes) -> str:
        return run(self.directory, "hash-object", "-w", "--stdin", stdin=data).decode().strip()

    def push(self, refs: Mapping[str, str]) -> None:
        """One plain atomic push of commits to branches, then a look whether they stand there.

        Raises RaceLost when another writer was first (fetch, read and decide again), PushRefused when the
        remote says no for its own reasons, or the push guard does; neither leaves anything on the remote.
        """
        if self._push_guard is not None:
            self._push_guard()
        specs = [f"{sha}:refs/heads/{branch}" for branch, sha in refs.items()]
        done = call(self.directory, "push", "--atomic", "--porcelain", "--no-verify", self.url, *specs)
        there = self.remote()
        if done.returncode:
            said = shown((done.stdout + done.stderr).decode("utf-8", "replace")).strip()[:1000]
            moved = [branch for branch in refs if there.get(branch) != self.tip(branch)]
            if moved or _RACE.search(said):
                raise RaceLost(
                    f"another writer moved {', '.join(moved or refs)} first; read and decide again"
                )
            raise PushRefused(
                f"{shown(self.url)} refused the push: {said}; allow the gate to write these branches"
            )
        if all(there.get(branch) == sha for branch, sha in refs.items()):
            moves = "".join(f"update refs/heads/{branch} {sha}\n" for branch, sha in refs.items())
            run(self.directory, "update-ref", "--stdin", stdin=moves.encode())
            self._tips |= refs
            return
        self.fetch()
        for branch, sha in refs.items():
            if not self.contains(self.tip(branch), sha):
                raise PushRefused(
                    f"{branch} does not hold {sha[:12]} after the push; see who rewrites it, and forbid that"
                )

    def contains(self, tip: str | None, sha: str) -> bool:
        """Whether `sha` is `tip` or one of its ancestors."""
        return (
            tip is not None and call(self.directory, "merge-base", "--is-ancestor", sha, tip).returncode == 0
        )
