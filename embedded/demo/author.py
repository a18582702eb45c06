"""The data-science team of the demonstration: an ordinary clone, branches, pushes and pull requests."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from github.PullRequest import PullRequest
    from github.Repository import Repository

IDENTITY = {
    "GIT_AUTHOR_NAME": "flight-delay team",
    "GIT_AUTHOR_EMAIL": "flight-delay@example.org",
    "GIT_COMMITTER_NAME": "flight-delay team",
    "GIT_COMMITTER_EMAIL": "flight-delay@example.org",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
}


def git(*words: str, cwd: Path) -> str:
    """Run git as the team. Raises CalledProcessError with what git said."""
    done = subprocess.run(
        ["git", *words], cwd=cwd, env=os.environ | IDENTITY, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, ["git", *words], done.stdout, done.stderr)
    return done.stdout.strip()


class Author:
    """A clone at `checkout` of the repository at `url`, and the same repository as PyGithub sees it."""

    def __init__(self, url: str, hub: Repository, checkout: Path) -> None:
        self.hub = hub
        self.checkout = checkout
        checkout.mkdir(parents=True)
        git("init", "--quiet", "--initial-branch=main", cwd=checkout)
        git("remote", "add", "origin", url, cwd=checkout)

    def push_main(self, message: str) -> str:
        """Commit all of the checkout on main and push it; for what stands before the first pull request."""
        git("add", "--all", cwd=self.checkout)
        git("commit", "--quiet", "-m", message, cwd=self.checkout)
        git("push", "--quiet", "origin", "main", cwd=self.checkout)
        return git("rev-parse", "HEAD", cwd=self.checkout)

    def propose(self, branch: str, title: str, body: str, change: Callable[[Path], None]) -> PullRequest:
        """A branch from today's main with `change` made to its files, pushed, as a pull request."""
        git("fetch", "--quiet", "origin", "main", cwd=self.checkout)
        git("checkout", "--quiet", "-B", branch, "origin/main", cwd=self.checkout)
        change(self.checkout)
        git("add", "--all", cwd=self.checkout)
        git("commit", "--quiet", "-m", title, cwd=self.checkout)
        git("push", "--quiet", "origin", branch, cwd=self.checkout)
        return self.hub.create_pull(base="main", head=branch, title=title, body=body)


def lay(source: Path, target: Path) -> None:
    """Copy a directory's files over another's; what only the target has stays."""
    shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
