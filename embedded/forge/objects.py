"""Reading commits, trailers, trees and differences as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sluicegate.embedded.forge.git import Git, GitError

PATCH_BYTES = 400_000
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_LAST_SECOND = 253402300799
_STATUS = {"A": "added", "D": "removed", "M": "modified", "T": "changed", "R": "renamed", "C": "copied"}


@dataclass(frozen=True)
class Person:
    """Author or committer; `date` is ISO 8601 in UTC."""

    name: str
    email: str
    date: str


@dataclass(frozen=True)
class Commit:
    """A commit object."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str


@dataclass(frozen=True)
class Entry:
    """One entry of a tree; `size` in bytes, None for what is no blob."""

    mode: str
    kind: str
    sha: str
    size: int | None
    path: str


@dataclass(frozen=True)
class FileChange:
    """One file of a difference; `patch` is None for binary files and where it would be too long."""

    path: str
    previous: str | None
    status: str
    sha: str
    additions: int
    deletions: int
    patch: str | None


def _person(line: str) -> Person:
    who, _, when = line.rpartition("> ")
    name, _, email = who.partition(" <")
    # git takes any 64-bit second from a push; what lies past the year 9999 is shown as its end.
    moment = datetime.fromtimestamp(min(int(when.split()[0]), _LAST_SECOND), UTC)
    return Person(name, email, moment.strftime("%Y-%m-%dT%H:%M:%SZ"))


def _parse_commit(sha: str, raw: bytes) -> Commit:
    head, _, message = raw.decode("utf-8", "replace").partition("\n\n")
    fields: dict[str, list[str]] = {}
    for line in head.split("\n"):
        key, _, value = line.partition(" ")
        fields.setdefault(key, []).append(value)
    author, committer = _person(fields["author"][0]), _person(fields["committer"][0])
    return Commit(
        sha, fields["tree"][0], tuple(fields.get("parent", ())), author, committer, message.rstrip("\n")
    )


def read_commits(git: Git, shas: Sequence[str]) -> list[Commit]:
    """The commits, in the order asked for, read by one process. Raises `GitError` if one is missing."""
    data = git.run("cat-file", "--batch", stdin="".join(f"{sha}\n" for sha in shas).encode())
    found, at = [], 0
    for sha in shas:
        end = data.index(b"\n", at)
        header = data[at:end].decode().split()
        if len(header) != 3 or header[1] != "commit":
            raise GitError(("cat-file",), 1, f"no commit {sha}")
        at = end + 1 + int(header[2])
        found.append(_parse_commit(sha, data[end + 1 : at]))
        at += 1
    return found


def history(git: Git, tip: str, *, without: str | None = None, path: str | None = None) -> list[str]:
    """Shas reachable from `tip`, not from `without`, newest first; with a path, those that changed it."""
    words = ["rev-list", "--end-of-options", tip] + ([f"^{without}"] if without else [])
    return git.text("--literal-pathspecs", *words, "--", *([path] if path else [])).split()


def trailers(git: Git, shas: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """Sha -> its trailers (git-interpret-trailers(1)), in order."""
    if not shas:
        return {}
    shown = "--format=%H%x00%(trailers:only,unfold)%x00"
    text = git.text("log", "--no-walk=unsorted", "--stdin", shown, stdin="\n".join(shas).encode())
    parts = text.split("\0")
    pairs = zip(parts[0::2], parts[1::2], strict=False)
    return {
        sha.strip(): [(key, value) for key, _, value in (line.partition(": ") for line in block.splitlines())]
        for sha, block in pairs
    }


def read_tree(git: Git, treeish: str, *, recursive: bool = False, with_trees: bool = False) -> list[Entry]:
    """The entries of a tree, whole paths when recursive."""
    flags = ["-r", "-t"] if recursive and with_trees else ["-r"] if recursive else []
    raw = git.run("ls-tree", "-z", "-l", *flags, "--end-of-options", treeish).decode(
        "utf-8", "surrogateescape"
    )
    entries = []
    for record in raw.split("\0")[:-1]:
        meta, _, path = record.partition("\t")
        mode, kind, sha, size = meta.split()
        entries.append(Entry(mode, kind, sha, int(size) if size.isdigit() else None, shown_path(path)))
    return entries


def shown_path(path: str) -> str:
    """A path as text that JSON and a page can carry: bytes that are no UTF-8 are replaced."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def find_entry(git: Git, commit: str, path: str) -> Entry | None:
    """The entry at a path of a commit's tree; None if there is none."""
    raw = git.run(
        "--literal-pathspecs", "ls-tree", "-z", "-l", "--full-tree", "--end-of-options", commit, "--", path
    )
    for record in raw.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        meta, _, found = record.partition("\t")
        mode, kind, sha, size = meta.split()
        if found == path:
            return Entry(mode, kind, sha, int(size) if size.isdigit() else None, found)
    return None


def merge_base(git: Git, one: str, other: str) -> str | None:
    """The best common ancestor; None for histories that share nothing."""
    try:
        return git.text("merge-base", "--end-of-options", one, other)
    except GitError as error:
        if error.code == 1:
            return None
        raise


def changed_paths(git: Git, shas: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    """Sha -> letter of git's (A, D, M, T) -> paths that differ from the first parent, read by one process."""
    flags = ("-z", "-r", "--root", "--diff-merges=first-parent", "--name-status", "--no-renames")
    raw = git.run("diff-tree", "--stdin", *flags, stdin="".join(f"{sha}\n" for sha in shas).encode())
    found: dict[str, dict[str, list[str]]] = {sha: {} for sha in shas}
    fields = iter(raw.decode("utf-8", "surrogateescape").split("\0")[:-1])
    of: dict[str, list[str]] = {}
    for field in fields:
        if len(field) > 1:
            of = found[field]
        else:
            of.setdefault(field, []).append(shown_path(next(fields)))
    return found


def difference(git: Git, old: str, new: str) -> list[FileChange]:
    """What changed between two trees, with patches as far as `PATCH_BYTES` reach."""
    flags = ("-r", "-M", "--no-ext-diff", "--no-textconv")
    raw = git.run(
        "diff-tree", *flags, "-z", "--raw", "--numstat", "--no-abbrev", "--end-of-options", old, new
    )
    fields = raw.decode("utf-8", "surrogateescape").split("\0")[:-1]
    listed, at = [], 0
    while at < len(fields) and fields[at].startswith(":"):
        *_, old_sha, new_sha, letter = fields[at].split(" ")
        paths = fields[at + 1 : at + (3 if letter[0] in "RC" else 2)]
        listed.append((letter[0], old_sha if letter == "D" else new_sha, paths))
        at += 1 + len(paths)
    counts = []
    for _ in listed:
        added, deleted, path = fields[at].split("\t", 2)
        counts.append((int(added) if added != "-" else 0, int(deleted) if deleted != "-" else 0))
        at += 1 if path else 3
    patches = _patches(git, flags, old, new, [letter for letter, _, _ in listed])
    return [
        FileChange(
            shown_path(paths[-1]),
            shown_path(paths[0]) if len(paths) == 2 else None,
            _STATUS.get(letter, "changed"),
            sha,
            *count,
            patch,
        )
        for (letter, sha, paths), count, patch in zip(listed, counts, patches, strict=True)
    ]


def _patches(git: Git, flags: tuple[str, ...], old: str, new: str, letters: list[str]) -> list[str | None]:
    data, whole = git.head_bytes(PATCH_BYTES, "diff-tree", *flags, "-p", "--end-of-options", old, new)
    # In a patch every line of content carries a prefix, so a line that starts so is a header of git's own.
    sections = ("\n" + data.decode("utf-8", "replace")).split("\ndiff --git ")[1:]
    if not whole:
        sections = sections[:-1]
    patches: list[str | None] = []
    at = 0
    for letter in letters:
        taken = 2 if letter == "T" else 1  # git writes a change of type as a removal and an addition
        hunks = [
            section[section.find("\n@@ ") + 1 :]
            for section in sections[at : at + taken]
            if "\n@@ " in section
        ]
        patches.append("\n".join(hunks).rstrip("\n") if hunks else None)
        at += taken
    return patches
