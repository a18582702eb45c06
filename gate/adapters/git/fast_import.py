"""Writing any number of commits by one `git fast-import`: no index, no temporary file, and no ref moves.

Five processes a commit become one a tick, and the trees of thousands of models are kept as differences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.command import GitError
from sluicegate.gate.adapters.git.names import ZERO, valid_path
from sluicegate.specs.names import is_revision

_NOT_IN_NAMES = re.compile(r"[<>\x00-\x1f\x7f]")


@dataclass(frozen=True)
class NewCommit:
    """A commit to write: the files before it with some written, by one person, at a moment."""

    changes: Mapping[str, bytes | None]
    """By path: the new content; None takes the file away."""
    message: str
    at: datetime
    author: tuple[str, str]
    """Name and address."""


@dataclass(frozen=True)
class Chain:
    """Commits one behind the other; the first one's parent, None for a history of its own."""

    parent: str | None
    commits: Sequence[NewCommit]


def write_chains(git: BareRepository, chains: Sequence[Chain]) -> list[list[str]]:
    """Write all commits, or none of them; the ids of each chain's. Raises GitError."""
    total = sum(len(chain.commits) for chain in chains)
    if not total:
        return [[] for _ in chains]
    answer = git.text("fast-import", "--quiet", "--done", stdin=b"".join(_stream(chains)))
    ids = answer.splitlines()
    if len(ids) != total or not all(is_revision(sha) for sha in ids):
        raise GitError(f"git fast-import named {len(ids)} of {total} commits", "see what git says")
    written = iter(ids)
    return [[next(written) for _ in chain.commits] for chain in chains]


def _stream(chains: Sequence[Chain]) -> Iterator[bytes]:
    """The whole input: see git-fast-import(1).

    It knows commits by branches only; these are taken back before its end, at which it would write them.
    """
    mark = 0
    for number, chain in enumerate(chains):
        parent = chain.parent
        for commit in chain.commits:
            mark += 1
            yield from _commit(f"refs/sluice/{number}", mark, parent, commit)
            parent = None
    for one in range(1, mark + 1):
        yield f"get-mark :{one}\n".encode()
    for number, chain in enumerate(chains):
        if chain.commits:
            yield f"reset refs/sluice/{number}\nfrom {ZERO}\n\n".encode()
    yield b"done\n"


def _commit(branch: str, mark: int, parent: str | None, commit: NewCommit) -> Iterator[bytes]:
    name, email = (_NOT_IN_NAMES.sub("", part).strip() for part in commit.author)
    yield f"commit {branch}\nmark :{mark}\n".encode()
    yield f"committer {name} <{email}> {int(commit.at.timestamp())} +0000\n".encode()
    yield _data(commit.message.encode())
    if parent is not None:
        yield f"from {parent}\n".encode()
    for path, content in commit.changes.items():
        if not valid_path(path):
            raise GitError(f"{path[:200]!r} is not a path of a repository", "name a file by a relative path")
        quoted = path.replace("\\", "\\\\").replace('"', '\\"')
        if content is None:
            yield f'D "{quoted}"\n'.encode()
            continue
        yield f'M 100644 inline "{quoted}"\n'.encode()
        yield _data(content)
    yield b"\n"


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)
