"""Real git repositories, and the commits that people make in them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

AUTHOR = "Olga"
EMAIL = "olga@example.org"


def git(*words: str, cwd: Path, fails: bool = False) -> str:
    """A user's own git, untouched by this machine's configuration; its output, stripped.

    `fails` expects an exit code above 0.
    """
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(cwd),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        # No process after each commit that looks whether a repository of a few commits wants tidying.
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "maintenance.auto",
        "GIT_CONFIG_VALUE_0": "false",
        "GIT_AUTHOR_NAME": AUTHOR,
        "GIT_AUTHOR_EMAIL": EMAIL,
        "GIT_COMMITTER_NAME": AUTHOR,
        "GIT_COMMITTER_EMAIL": EMAIL,
    }
    done = subprocess.run(
        ["git", *words],
        cwd=cwd,
        env=environment,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert (done.returncode != 0) == fails, f"git {' '.join(words)}: {done.stdout}"
    return done.stdout.strip()


def bare_repository(path: Path) -> Path:
    """An empty bare repository whose branch is main."""
    git("init", "--quiet", "--bare", "--template=", "--initial-branch=main", str(path), cwd=path.parent)
    with (path / "config").open("a") as config:
        config.write("[receive]\n\tautogc = false\n")  # nor such a process after each push
    return path


def hook(bare: Path, name: str, script: str) -> Path:
    """Let this shell script be a hook of the repository; its file."""
    path = bare / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def commit_files(work: Path, files: Mapping[str, str | bytes], message: str = "Change") -> str:
    """Write these files into a working tree and commit all of it; the commit's sha."""
    for path, content in files.items():
        file = work / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    git("add", "--all", cwd=work)
    git("commit", "--quiet", "--message", message, cwd=work)
    return git("rev-parse", "HEAD", cwd=work)
