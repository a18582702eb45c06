"""An ordinary clone with a work tree, as a team of people has one."""

from __future__ import annotations

from pathlib import Path

from sluicegate.gate.adapters.git.command import run
from sluicegate.gate.adapters.git.write import Signature


class Clone:
    """A work tree at `directory`, whose commits are by `author`. Every method raises GitError."""

    def __init__(self, directory: Path, author: Signature) -> None:
        self.directory = directory
        self._people = author.environment("AUTHOR") | author.environment("COMMITTER")

    @classmethod
    def create(cls, directory: Path, author: Signature, origin: str | None = None) -> Clone:
        """A new, empty repository with a work tree, on `main`; `origin` is the address to push to."""
        directory.mkdir(parents=True, exist_ok=True)
        clone = cls(directory, author)
        clone.git("init", "--quiet", "--initial-branch=main")
        if origin is not None:
            clone.git("remote", "add", "origin", origin)
        return clone

    def commit_all(self, message: str) -> str:
        """Commit every file of the work tree; the commit's id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", message)
        return self.git("rev-parse", "HEAD")

    def push(self, branch: str) -> None:
        """Push a branch to the origin."""
        self.git("push", "--quiet", "origin", branch)

    def branch_off(self, branch: str, base: str = "main") -> None:
        """Fetch the origin's `base`, and set the work tree to a branch that begins there."""
        self.git("fetch", "--quiet", "origin", base)
        self.git("checkout", "--quiet", "-B", branch, f"origin/{base}")

    def bare_copy(self, target: Path) -> None:
        """Clone it into a bare repository at `target`."""
        self.git("clone", "--quiet", "--bare", str(self.directory), str(target))

    def git(self, *arguments: str) -> str:
        """Run a git command in the work tree, in the author's name; its output, stripped."""
        output = run(None, *arguments, extra=self._people, cwd=self.directory)
        return output.decode("utf-8", "replace").strip()
