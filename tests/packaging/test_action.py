"""What the action does first: an environment by hashes, from the package index."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def job(sources: Path, tmp_path_factory: pytest.TempPathFactory):
    """Run ci/install.py of a clone as a step would, with a bare Python; what it said, and the job's PATH."""
    folder = tmp_path_factory.mktemp("job")

    def step(command: str, extras: str = "cpu") -> tuple[str, list[str]]:
        files = {name: folder / name for name in ("GITHUB_OUTPUT", "GITHUB_PATH")}
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "RUNNER_TEMP": str(folder / "temp"),
            "SLUICE_EXTRAS": extras, "SLUICE_REVISION": "a" * 40, **{k: str(v) for k, v in files.items()},
            **{k: v for k, v in os.environ.items() if k.startswith(("PIP_", "UV_", "SSL_"))},
        }  # fmt: skip
        done = subprocess.run(
            [sys._base_executable, "-I", sources / "ci/install.py", command],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        path = files["GITHUB_PATH"]
        return done.stdout, path.read_text().splitlines() if path.exists() else []

    return step


def test_sluice_is_on_the_path_and_names_the_commit_of_the_action(job) -> None:
    said, path = job("install")
    assert "installed" in said
    version = subprocess.run([f"{path[-1]}/sluice", "--version"], capture_output=True, text=True, check=True)
    assert version.stdout.startswith("sluice ")
    code = "from sluicegate.gate.daemon.code import code_commit; print(code_commit())"
    named = subprocess.run(
        [f"{path[-1]}/python", "-I", "-c", code], capture_output=True, text=True, check=True
    )
    assert named.stdout.strip() == "a" * 40


def test_the_contained_child_which_may_write_nothing_finds_its_imports_compiled(job) -> None:
    _, path = job("install")
    (packages,) = Path(path[-1]).parent.glob("lib/python*/site-packages")
    assert list((packages / "sklearn/__pycache__").glob("*.pyc"))


def test_what_the_cache_brought_is_not_installed_again(job) -> None:
    job("install")
    said, _ = job("install")
    assert "from the cache" in said
