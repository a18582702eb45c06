"""A clone with a change on a branch, as a job of a CI system has it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.repositories import git
from support.specs import environment_yaml

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Job:
    """A clone at the head of a branch; its programs are those of the environment that runs the tests."""

    clone: Path
    base: str

    @property
    def head(self) -> str:
        return git("rev-parse", "HEAD", cwd=self.clone)

    def change(self, path: str, text: str) -> None:
        file = self.clone / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        git("add", "--all", cwd=self.clone)
        git("commit", "--quiet", "--message", "Change", cwd=self.clone)

    def run(self, *words: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            [str(word) for word in words], cwd=self.clone, env=os.environ | {"PATH": path} | variables,
            capture_output=True, text=True, check=False, timeout=250,
        )  # fmt: skip


@pytest.fixture
def job(tmp_path: Path) -> Job:
    upstream = tmp_path / "upstream"
    upstream.mkdir()
    git("init", "--quiet", "--initial-branch", "main", cwd=upstream)
    file = upstream / "environments" / "production" / "environment.yaml"
    file.parent.mkdir(parents=True)
    file.write_bytes(environment_yaml("production"))
    git("add", "--all", cwd=upstream)
    git("commit", "--quiet", "--message", "Begin", cwd=upstream)
    clone = tmp_path / "clone"
    git("clone", "--quiet", str(upstream), str(clone), cwd=tmp_path)
    git("checkout", "--quiet", "-b", "topic", cwd=clone)
    return Job(clone, git("rev-parse", "HEAD", cwd=clone))


@pytest.fixture
def good(job: Job) -> Job:
    job.change("README.md", "words\n")
    return job


@pytest.fixture
def refused(job: Job) -> Job:
    """It writes what only the gate writes."""
    job.change("environments/production/m/release.yaml", "kind: Release\n")
    return job
