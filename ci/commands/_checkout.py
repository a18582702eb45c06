"""Where a command works: a work tree, a clone, or a bare repository, found from a directory upwards."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.repository import MAIN, Repository
from sluicegate.specs import layout
from sluicegate.specs.names import is_revision
from sluicegate.specs.tree import Tree, WorkTree
from sluicegate.specs.yamlio import InputError

NO_MAIN = (
    "(there is no branch main, which the gate, the workflows and `sluice up` follow: git branch -m main)"
)
"""Said after the name of the branch that the repository has instead."""
_RANGE = re.compile(r"(?P<base>[^.\s](?:(?!\.\.)\S)*)\.{2,3}(?P<head>\S*)")


def root_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`-C DIR`: the repository to work in."""
    return click.option(
        "-C", "--directory", "root", type=click.Path(path_type=Path), default=Path(), metavar="DIR",
        help="Work in this repository instead of the current directory's.",
    )(function)  # fmt: skip


def model_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    """`MODEL`: the name of a directory in models/, as `model`."""
    return click.argument("model", metavar="MODEL")(function)


@dataclass(frozen=True)
class Checkout:
    """`root` is the work tree (None in a bare repository), `git` the git directory (None without one)."""

    root: Path | None
    git: Path | None

    def tree(self) -> WorkTree:
        """The files as they lie on disk. Raises InputError in a bare repository."""
        if self.root is None:
            raise InputError.of(
                f"{self.git} is bare: it has no work tree", "name commits with --changed BASE..HEAD"
            )
        return WorkTree(self.root)

    def repository(self) -> Repository:
        """The repository itself, read in place. Raises InputError where there is none."""
        if self.git is None:
            raise InputError.of(
                f"{self.root} is in no git repository", "run `git init` and commit, or name a clone with -C"
            )
        return Repository.in_place(self.git)

    def origin(self) -> str | None:
        """The address that the repository names as its origin; None if there is none."""
        return None if self.git is None else BareRepository(self.git).origin()

    def branch_instead_of_main(self) -> str | None:
        """The branch that is checked out, if the repository has no main for the gate to follow; else None."""
        return None if self.git is None else BareRepository(self.git).branch_instead_of(MAIN)


def checkout(start: Path, option: str = "-C") -> Checkout:
    """The nearest repository at or above a directory; the directory itself where there is none.

    `option` is how the directory was named: what a remedy tells people to correct.

    Raises InputError for a directory that is not there, and for models below the root of a repository.
    Nothing of git's configuration is read.
    """
    here = start.resolve()
    if not here.is_dir():
        raise InputError.of(f"{start} is not a directory", f"name a directory with {option}")
    for folder in (here, *here.parents):
        dotgit = folder / ".git"
        if dotgit.exists():
            _require_at_root(here, folder)
        if dotgit.is_dir():
            return Checkout(folder, dotgit)
        if dotgit.is_file():
            return Checkout(folder, _linked(dotgit, option))
        if (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir():
            return Checkout(None, folder)
    return Checkout(here, None)


def _require_at_root(start: Path, root: Path) -> None:
    """Raise InputError where models and environments lie between a directory and its repository's root."""
    if start == root or _holds_any(root):
        return
    for folder in (start, *start.parents):
        if folder == root:
            return
        if _holds_any(folder):
            raise below_root(folder.relative_to(root).as_posix())


def _holds_any(folder: Path) -> bool:
    """Whether a model or an environment lies where a repository of models has it."""
    spec, environment = layout.model_path("*"), layout.environment_path("*")
    return any(next(folder.glob(pattern), None) is not None for pattern in (spec, environment))


def below_root(folder: str) -> InputError:
    """The error for models in a folder of a repository: everything is found from its root."""
    return InputError.of(
        f"{folder} holds models or environments, and it is not the root of its git repository",
        f"move {layout.MODELS}/ and {layout.ENVIRONMENTS}/ to the root, or make {folder} a repository of its "
        "own: docs/github.md, In a monorepo",
    )


def _linked(dotgit: Path, option: str) -> Path:
    """The git directory that a `.git` file names (gitrepository-layout(5)). Raises InputError."""
    with suppress(OSError, ValueError):
        key, _, target = dotgit.read_text(encoding="utf-8").partition(":")
        directory = (dotgit.parent / target.strip()).resolve()
        if key == "gitdir" and target.strip() and directory.is_dir():
            return directory
    raise InputError.of(
        f"{dotgit} is a file that names no git directory",
        f"add the work tree again with `git worktree add`, or name a clone with {option}",
    )


def commit(repository: Repository, name: str) -> str:
    """The full id of a commit by any name that git knows. Raises InputError."""
    sha = repository.commit_at(name) if is_revision(name) else repository.commit_named(name)
    if sha is None:
        raise InputError.of(
            f"{name[:200]!r} names no commit of this repository",
            "correct it, or fetch it (in CI: a checkout with its whole history, fetch-depth: 0)",
        )
    return sha


def branch_as_seen(repository: Repository, branch: str) -> str | None:
    """Where the clone saw a branch of its origin, else its own; None for neither."""
    refs = (f"refs/remotes/origin/{branch}", f"refs/heads/{branch}")
    return next((sha for ref in refs if (sha := repository.commit_named(ref)) is not None), None)


def split_range(text: str) -> tuple[str, str]:
    """BASE and HEAD of `BASE..HEAD`; HEAD is `HEAD` where it is left out. Raises click.BadParameter."""
    match = _RANGE.fullmatch(text)
    if match is None:
        raise click.BadParameter(f"{text!r} is not a range; write BASE..HEAD, as main..HEAD")
    return match["base"], match["head"] or "HEAD"


def merge_base(repository: Repository, base: str, head: str) -> str:
    """The commit from which both came: a pull request's changes count from there. Raises InputError."""
    ancestor = repository.merge_base(base, head)
    if ancestor is None:
        raise InputError.of(
            f"{base[:12]} and {head[:12]} share no commit here",
            "fetch the whole history (in CI: fetch-depth: 0)",
        )
    return ancestor


def main_tree(location: Checkout) -> tuple[Tree, Repository | None, str | None]:
    """What `main` holds, else HEAD, else the work tree; with the repository and the commit, if any."""
    if location.git is None:
        return location.tree(), None, None
    repository = location.repository()
    for name in (f"refs/heads/{MAIN}", "HEAD"):
        sha = repository.commit_named(name)
        if sha is not None:
            return repository.tree(sha), repository, sha
    return location.tree(), repository, None


def file_to_write(path: Path) -> Path:
    """The path, if a file can be put there. Raises InputError for a directory or a missing parent."""
    if path.is_dir():
        raise InputError.of(f"{path} is a directory", "name a file in it")
    if not path.parent.is_dir():
        raise InputError.of(
            f"there is no directory {path.parent} for {path.name}", "create it, or name another"
        )
    return path


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all; a device or a pipe is written to as it is.

    Raises InputError where it cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise InputError.of(f"{path} cannot be written: {error.strerror}", "name another file") from error
