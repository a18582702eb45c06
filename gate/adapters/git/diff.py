"""What changed between two trees, file by file, as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.names import ZERO
from sluicegate.gate.adapters.git.objects import printable

PATCH_BYTES = 400_000
"""The most of all patches together that is read."""
_STATUS = {"A": "added", "D": "removed", "M": "modified", "T": "changed", "R": "renamed", "C": "copied"}
_FLAGS = ("-r", "-M", "--no-ext-diff", "--no-textconv")


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


@dataclass(frozen=True)
class _Changed:
    """One record of `git diff-tree --raw`: git's letter, the blob's id, the path (of a rename, both)."""

    letter: str
    sha: str
    paths: list[str]


def name_status(git: BareRepository, base: str, head: str) -> list[tuple[str, str]]:
    """(status, path) of every file that differs: A added, D deleted, M modified, T type changed."""
    out = git.run("diff-tree", "-r", "-z", "--no-renames", "--name-status", base, head)
    parts = out.decode("utf-8", "surrogateescape").split("\0")[:-1]
    return list(zip(parts[::2], parts[1::2], strict=True))


@dataclass(frozen=True)
class Moved:
    """A file that two commits hold differently: the second one's mode and blob, None where it is gone."""

    path: str
    mode: str
    oid: str | None


def moved(git: BareRepository, base: str, head: str) -> list[Moved]:
    """Every file that differs. Raises GitError for a commit that is not here."""
    flags = ("-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--end-of-options")
    out = git.run("diff-tree", *flags, base, head)
    fields = out.decode("utf-8", "surrogateescape").split("\0")[:-1]
    return [raw_change(meta, path) for meta, path in zip(fields[::2], fields[1::2], strict=True)]


def raw_change(meta: str, path: str) -> Moved:
    """A record of git's raw format, `:MODE MODE OID OID LETTER`, and its path."""
    _, mode, _, oid, _ = meta.split()
    return Moved(path, mode, None if oid == ZERO else oid)


def difference(git: BareRepository, old: str, new: str) -> list[FileChange]:
    """What changed between two trees, with patches as far as `PATCH_BYTES` reach."""
    raw = git.run(
        "diff-tree", *_FLAGS, "-z", "--raw", "--numstat", "--no-abbrev", "--end-of-options", old, new
    )  # fmt: skip
    fields = raw.decode("utf-8", "surrogateescape").split("\0")[:-1]
    changed, rest = _changed(fields)
    counts = _line_counts(rest)
    patches = _patches(git, old, new, [one.letter for one in changed])
    return [
        FileChange(
            path=printable(one.paths[-1]),
            previous=printable(one.paths[0]) if len(one.paths) == 2 else None,
            status=_STATUS.get(one.letter, "changed"),
            sha=one.sha,
            additions=added,
            deletions=deleted,
            patch=patch,
        )
        for one, (added, deleted), patch in zip(changed, counts, patches, strict=True)
    ]


def _changed(fields: Sequence[str]) -> tuple[list[_Changed], Sequence[str]]:
    """The raw records, each beginning with a colon, and the fields behind them."""
    changed = []
    at = 0
    while at < len(fields) and fields[at].startswith(":"):
        *_, old_sha, new_sha, status = fields[at].split(" ")
        letter = status[0]
        end = at + (3 if letter in "RC" else 2)
        changed.append(_Changed(letter, old_sha if letter == "D" else new_sha, list(fields[at + 1 : end])))
        at = end
    return changed, fields[at:]


def _line_counts(fields: Sequence[str]) -> Iterator[tuple[int, int]]:
    """(added, deleted) lines of each file as `--numstat -z` writes them; 0 of a binary file.

    Of a rename the path is empty, and two fields with both paths follow.
    """
    at = 0
    while at < len(fields):
        added, deleted, path = fields[at].split("\t", 2)
        yield _lines(added), _lines(deleted)
        at += 1 if path else 3


def _lines(count: str) -> int:
    return 0 if count == "-" else int(count)


def _patches(git: BareRepository, old: str, new: str, letters: list[str]) -> list[str | None]:
    data, complete = git.beginning(PATCH_BYTES, "diff-tree", *_FLAGS, "-p", "--end-of-options", old, new)
    # In a patch every line of content carries a prefix, so a line that starts so is a header of git's own.
    sections = ("\n" + data.decode("utf-8", "replace")).split("\ndiff --git ")[1:]
    if not complete:
        sections = sections[:-1]
    patches: list[str | None] = []
    at = 0
    for letter in letters:
        end = at + (2 if letter == "T" else 1)  # git writes a change of type as a removal and an addition
        hunks = [section[section.find("\n@@ ") + 1 :] for section in sections[at:end] if "\n@@ " in section]
        patches.append("\n".join(hunks).rstrip("\n") if hunks else None)
        at = end
    return patches
