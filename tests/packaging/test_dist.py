"""What a release consists of: `make dist`, as the release workflow builds it; its charts in a registry."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness.found import tool
from support.environments import run
from support.registries import distribution, serving
from support.repositories import git

from sluicegate import __version__

CHARTS = ("onnx-serving", "gate")
LONG = f"tests/{'a' * 120}.txt"
"""Longer than a name in the old format of tar: wheels in an image's context have such."""
Dist = Callable[..., tuple[Path, subprocess.CompletedProcess[str]]]


@pytest.fixture(scope="module")
def clone(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources as a commit of a repository."""
    root = tmp_path_factory.mktemp("first") / "clone"
    shutil.copytree(sources, root, symlinks=True)
    (root / LONG).write_text("")
    git("init", "--quiet", "--initial-branch=main", cwd=root)
    git("add", "--all", cwd=root)
    git("commit", "--quiet", "--message=release", cwd=root)
    return root


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Dist:
    """Run `.ci/dist` in a clone, under a umask; the directory, and the finished process."""
    programs = tmp_path_factory.mktemp("bin")
    (programs / "helm").symlink_to(tool("helm"))

    def built(clone: Path, *tag: str, umask: int = 0o022):
        if not (clone / ".venv").exists():
            (clone / ".venv").symlink_to(sys.prefix)
        into = tmp_path_factory.mktemp("dist") / "dist"
        environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
        done = subprocess.run(
            [clone / ".ci/dist", into, *tag],
            env=environment, capture_output=True, text=True, check=False, umask=umask,
        )  # fmt: skip
        return into, done

    return built


@pytest.fixture(scope="module")
def built(clone: Path, dist: Dist) -> Path:
    into, done = dist(clone, f"v{__version__}")
    assert done.returncode == 0, done.stderr
    return into


def test_wheel_sdist_and_charts_with_their_checksums(built: Path) -> None:
    names = {path.name for path in built.iterdir()}
    charts = {f"{chart}-{__version__}.tgz" for chart in CHARTS}
    python = {f"sluicegate-{__version__}-py3-none-any.whl", f"sluicegate-{__version__}.tar.gz"}
    assert names == charts | python | {"SHA256SUMS"}
    for line in (built / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert digest == hashlib.sha256((built / name).read_bytes()).hexdigest()


def test_another_folder_another_umask_and_what_a_build_left_give_the_same_bytes(
    clone: Path, built: Path, dist: Dist, tmp_path: Path
) -> None:
    second = tmp_path / "another/place"
    previous = os.umask(0o077)
    try:
        git("clone", "--quiet", str(clone), str(second), cwd=tmp_path)
    finally:
        os.umask(previous)
    (second / "build/lib/sluicegate").mkdir(parents=True)
    (second / "build/lib/sluicegate/left.py").write_text("")
    into, done = dist(second, umask=0o077)
    assert done.returncode == 0, done.stderr
    assert (into / "SHA256SUMS").read_text() == (built / "SHA256SUMS").read_text()


def test_the_sdist_names_its_version_and_has_what_the_wheel_is_built_from(built: Path) -> None:
    with tarfile.open(built / f"sluicegate-{__version__}.tar.gz") as packed:
        names = packed.getnames()
        about = packed.extractfile(f"sluicegate-{__version__}/PKG-INFO")
        assert about is not None and f"Version: {__version__}\n" in about.read().decode()
    for path in ("pyproject.toml", "setup.py", "specs/layout.py", "charts/onnx-serving/Chart.yaml", LONG):
        assert f"sluicegate-{__version__}/{path}" in names


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(distribution, tmp_path_factory.mktemp("registry")) as address:
        yield address


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_goes_to_a_registry_and_comes_back_as_it_is(
    built: Path, registry: str, tmp_path: Path, chart: str
) -> None:
    """As the release workflow pushes it."""
    file = built / f"{chart}-{__version__}.tgz"
    run(tool("helm"), "push", file, f"oci://{registry}/charts", "--plain-http", cwd=tmp_path)
    name = f"{registry}/charts/{chart}:{__version__}"
    manifest = json.loads(run(tool("oras"), "manifest", "fetch", "--plain-http", name, cwd=tmp_path).stdout)
    (layer,) = manifest["layers"]
    assert layer["digest"] == "sha256:" + hashlib.sha256(file.read_bytes()).hexdigest()
    run(tool("helm"), "pull", f"oci://{name.rpartition(':')[0]}", "--plain-http", cwd=tmp_path)
    assert (tmp_path / file.name).read_bytes() == file.read_bytes()


def test_a_tag_that_is_not_the_version_is_refused(clone: Path, dist: Dist) -> None:
    into, done = dist(clone, "v99.0.0")
    assert done.returncode == 1
    assert f"the version is {__version__}" in done.stderr
    assert not into.exists()


def test_files_that_are_no_clone_have_no_commit_to_name(sources: Path, dist: Dist) -> None:
    _, done = dist(sources)
    assert done.returncode == 1 and "this is no clone" in done.stderr
