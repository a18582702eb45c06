"""A wheel built from this tree; an environment that has it, what it declares, and nothing else of ours."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.environments import ROOT, Environment, run


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tracked files as a clone has them, with their links and without what earlier builds left."""
    target = tmp_path_factory.mktemp("sources") / "clone"
    for name in run("git", "ls-files", "-z", cwd=ROOT).stdout.split("\0")[:-1]:
        if (ROOT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name, follow_symlinks=False)
    return target


@pytest.fixture(scope="session")
def wheel(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the sources, by the command of the README."""
    target = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-P", "-m", "pip", "--disable-pip-version-check")
    run(*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", ".", "-w", target, cwd=sources)
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def make_environment(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Environment]:
    """New, empty environments of the Python that runs the tests."""

    def make() -> Environment:
        return Environment.make(tmp_path_factory.mktemp("environment") / "venv")

    return make


@pytest.fixture(scope="session")
def installed(wheel: Path, make_environment: Callable[[], Environment]) -> Environment:
    """An environment with the wheel and what it declares for a laptop, from the package index."""
    made = make_environment()
    made.pip("install", "-c", ROOT / "requirements.lock", f"sluicegate[cpu,data] @ {wheel.as_uri()}")
    return made
