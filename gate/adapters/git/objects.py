"""What a repository holds, read as plain data: commits, history, trailers, trees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.command import GitError

_LAST_SECOND = 253402300799
"""The last of the year 9999: git takes any 64-bit second from a push, a datetime does not."""
_COMMIT = "--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B%x00"
_COMMIT_FIELDS = 10


@dataclass(frozen=True)
class Person:
    """Author or committer of a commit, and when, in UTC."""

    name: str
    email: str
    at: datetime

    @property
    def date(self) -> str:
        """When, as GitHub writes it: ISO 8601 in whole seconds, ending in Z."""
        return self.at.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Commit:
    """One commit; `message` is all of it, with its last line end."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str

    @property
    def at(self) -> datetime:
        """When it was committed."""
        return self.committer.at

    @property
    def text(self) -> str:
        """The message as it is shown: without line ends behind it."""
        return self.message.rstrip("\n")


@dataclass(frozen=True)
class Entry:
    """One entry of a tree: git's mode (`120000` a link, `160000` a submodule), size in bytes (a file's).

    `kind` is blob, tree or commit (a submodule). Bytes of `path` that are not UTF-8 are lone surrogates.
    """

    path: str
    mode: str
    kind: str
    size: int
    oid: str

    @property
    def plain(self) -> bool:
        """Whether it is a file with bytes of its own."""
        return self.mode in ("100644", "100755")


def printable(path: str) -> str:
    """A path as text that JSON and a page can carry: bytes that are not UTF-8 are replaced."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def log(
    git: BareRepository, revision: str, *, path: str | None = None, limit: int | None = None
) -> list[Commit]:
    """The first-parent history of a commit, newest first; with a path, only the commits that changed it."""
    most = () if limit is None else (f"--max-count={limit}",)
    inside = () if path is None else ("--", path)
    out = git.run("--literal-pathspecs", "log", "--first-parent", "-z", _COMMIT, *most, revision, *inside)
    return list(_commits(out))


def read_commits(git: BareRepository, shas: Sequence[str]) -> list[Commit]:
    """The commits, in the given order, read by one process. Raises GitError if one is missing."""
    if not shas:
        return []
    names = "\n".join(shas).encode()
    out = git.run("log", "--no-walk=unsorted", "--stdin", "-z", _COMMIT, stdin=names)
    commits = {commit.sha: commit for commit in _commits(out)}
    for sha in shas:
        if sha not in commits:
            raise GitError(f"{sha} is not a commit of {git.path}", "name a commit")
    return [commits[sha] for sha in shas]


def _commits(out: bytes) -> Iterator[Commit]:
    """Every field ends in a NUL, and -z puts one more between two commits."""
    fields = out.decode("utf-8", "replace").split("\0")
    for start in range(0, len(fields) - _COMMIT_FIELDS, _COMMIT_FIELDS + 1):
        sha, tree, parents, *people, message = fields[start : start + _COMMIT_FIELDS]
        author = _person(*people[:3])
        committer = _person(*people[3:])
        yield Commit(sha, tree, tuple(parents.split()), author, committer, message)


def _person(name: str, email: str, seconds: str) -> Person:
    return Person(name, email, datetime.fromtimestamp(min(int(seconds or 0), _LAST_SECOND), UTC))


def history(
    git: BareRepository, tip: str, *, without: str | None = None, path: str | None = None
) -> list[str]:
    """Shas reachable from `tip`, not from `without`, newest first; with a path, those that changed it."""
    excluded = () if without is None else (f"^{without}",)
    inside = () if path is None else (path,)
    words = ("rev-list", "--end-of-options", tip, *excluded, "--", *inside)
    return git.run("--literal-pathspecs", *words).decode().split()


def trailers(git: BareRepository, shas: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """Sha -> its trailers (git-interpret-trailers(1)), in order."""
    if not shas:
        return {}
    form = "--format=%H%x00%(trailers:only,unfold)%x00"
    out = git.run("log", "--no-walk=unsorted", "--stdin", form, stdin="\n".join(shas).encode())
    parts = out.decode("utf-8", "replace").split("\0")
    by_sha: dict[str, list[tuple[str, str]]] = {}
    for sha, block in zip(parts[0::2], parts[1::2], strict=False):
        lines = (line.partition(": ") for line in block.splitlines())
        by_sha[sha.strip()] = [(key, value) for key, _, value in lines]
    return by_sha


def read_tree(
    git: BareRepository,
    treeish: str,
    *,
    paths: Sequence[str] = (),
    recursive: bool = False,
    with_trees: bool = False,
) -> list[Entry]:
    """The entries of a tree, or of some directories or paths of it; whole paths when recursive."""
    flags = ["-r"] if recursive else []
    if recursive and with_trees:
        flags.append("-t")
    inside = ("--", *paths) if paths else ()
    words = ("ls-tree", "-z", "-l", "--full-tree", *flags, "--end-of-options", treeish, *inside)
    raw = git.run("--literal-pathspecs", *words).decode("utf-8", "surrogateescape")
    return [_entry(record) for record in raw.split("\0")[:-1]]


def _entry(record: str) -> Entry:
    meta, _, path = record.partition("\t")
    mode, kind, oid, size = meta.split()
    return Entry(path, mode, kind, int(size) if size.isdigit() else 0, oid)


@dataclass(frozen=True)
class TreeItem:
    """One name in one directory, as git keeps it: git's mode, and the id of what it names."""

    name: str
    mode: str
    oid: str

    @property
    def is_tree(self) -> bool:
        """Whether it is a directory."""
        return self.mode == "40000"


def items(content: bytes) -> list[TreeItem]:
    """What a tree object's bytes list, in order: `MODE NAME`, a NUL, and 20 bytes of the id, each."""
    found = []
    start = 0
    while start < len(content):
        end = content.index(b"\0", start)
        mode, _, name = content[start:end].partition(b" ")
        start = end + 21
        oid = content[end + 1 : start].hex()
        found.append(TreeItem(name.decode("utf-8", "surrogateescape"), mode.decode("ascii"), oid))
    return found


def find_entry(git: BareRepository, commit: str, path: str) -> Entry | None:
    """The entry at a path of a commit's tree; None if there is none."""
    return find_entries(git, commit, [path]).get(path)


def find_entries(git: BareRepository, commit: str, paths: Sequence[str]) -> dict[str, Entry]:
    """By path: what a commit's tree has at these paths, read by one process."""
    return {entry.path: entry for entry in read_tree(git, commit, paths=paths) if entry.path in paths}


def changed_paths(git: BareRepository, shas: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    """Sha -> letter of git's (A, D, M, T) -> paths that differ from the first parent, read by one process."""
    flags = ("-z", "-r", "--root", "--diff-merges=first-parent", "--name-status", "--no-renames")
    names = "".join(f"{sha}\n" for sha in shas).encode()
    raw = git.run("diff-tree", "--stdin", *flags, stdin=names)
    fields = iter(raw.decode("utf-8", "surrogateescape").split("\0")[:-1])
    by_sha: dict[str, dict[str, list[str]]] = {sha: {} for sha in shas}
    changes: dict[str, list[str]] = {}
    for field in fields:
        if len(field) > 1:
            changes = by_sha[field]
        else:
            changes.setdefault(field, []).append(printable(next(fields)))
    return by_sha
