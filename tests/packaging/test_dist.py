"""What a release consists of: `.ci/dist`, the dry run of the release workflow."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from harness.found import tool

from sluicegate import __version__


@pytest.fixture
def dist(sources: Path, tmp_path: Path):
    """Run `.ci/dist` in a clone; the directory, and the finished process."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/helm").symlink_to(tool("helm"))
    if not (sources / ".venv").exists():
        (sources / ".venv").symlink_to(sys.prefix)

    def run(*tag: str) -> tuple[Path, subprocess.CompletedProcess[str]]:
        into = tmp_path / "dist"
        environment = {**os.environ, "PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
        done = subprocess.run(
            [sources / ".ci/dist", into, *tag], env=environment, capture_output=True, text=True, check=False
        )
        return into, done

    return run


def test_wheel_and_charts_with_their_checksums(dist) -> None:
    into, done = dist(f"v{__version__}")
    assert done.returncode == 0, done.stderr
    names = {path.name for path in into.iterdir()}
    charts = {f"{chart}-{__version__}.tgz" for chart in ("onnx-serving", "gate")}
    assert names == charts | {"SHA256SUMS", f"sluicegate-{__version__}-py3-none-any.whl"}
    for line in (into / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert digest == hashlib.sha256((into / name).read_bytes()).hexdigest()


def test_a_tag_that_is_not_the_version_is_refused(dist) -> None:
    into, done = dist("v99.0.0")
    assert done.returncode == 1
    assert f"the version is {__version__}" in done.stderr
    assert not into.exists()
