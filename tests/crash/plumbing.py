"""Bare git plumbing, to hold the gate against: the same kind of commits, by five git commands each."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

ENVIRONMENT = {
    "GIT_AUTHOR_NAME": "x", "GIT_AUTHOR_EMAIL": "x@example.org",
    "GIT_COMMITTER_NAME": "x", "GIT_COMMITTER_EMAIL": "x@example.org",
    "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip
RELEASE = "x" * 1500
RECORD = "y" * 6000


def git(directory: Path, *words: str, stdin: str = "") -> str:
    """Git in a bare repository, with an index of its own."""
    index = {"GIT_INDEX_FILE": str(directory / "index")}
    done = subprocess.run(
        ["git", "-c", "gc.auto=0", f"--git-dir={directory}", *words],
        input=stdin, capture_output=True, text=True, check=True, env={**os.environ, **ENVIRONMENT, **index},
    )  # fmt: skip
    return done.stdout.strip()


def commit(directory: Path, parent: str | None, path: str, text: str) -> str:
    """One commit that writes one file, by five processes."""
    blob = git(directory, "hash-object", "-w", "--stdin", stdin=text)
    git(directory, "read-tree", parent or "--empty")
    git(directory, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
    tree = git(directory, "write-tree")
    return git(directory, "commit-tree", tree, *(("-p", parent) if parent else ()), "-m", path)


def seconds_a_commit(folder: Path, models: int, commits: int = 20) -> float:
    """A decision and its record, both committed and pushed atomically, with nobody beside; its seconds."""
    remote = folder / "remote.git"
    copy = folder / "copy.git"
    for path in (remote, copy):
        path.mkdir(parents=True)
        git(path, "init", "--quiet", "--bare")
    main = evidence = None
    for number in range(models):
        main = commit(copy, main, f"environments/production/m{number}/release.yaml", RELEASE)
    began = time.monotonic()
    for number in range(commits):
        git(copy, "ls-remote", str(remote))
        main = commit(
            copy, main, f"environments/production/m{number % models}/release.yaml", f"{RELEASE}{number}"
        )
        evidence = commit(
            copy, evidence, f"evidence/production/m{number % models}/{number}.json", f"{RECORD}{number}"
        )
        git(
            copy,
            "push",
            "--quiet",
            "--atomic",
            str(remote),
            f"{main}:refs/heads/main",
            f"{evidence}:refs/heads/evidence",
        )
    return (time.monotonic() - began) / commits
