"""The hooks of .pre-commit-hooks.yaml, by the real pre-commit in a scratch environment of its own."""

from __future__ import annotations

import os
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from support.environments import CLEAN, ROOT, Environment, run

HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())


@pytest.fixture(scope="module")
def clone(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources as a repository: that of the hooks, and, with its models, one that uses them."""
    target = tmp_path_factory.mktemp("hooks") / "clone"
    run("cp", "-a", sources, target, cwd=ROOT)
    for words in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "--message", "Begin")):
        run("git", "-c", "user.name=A", "-c", "user.email=a@example.org", *words, cwd=target)
    return target


def test_the_hooks_bring_the_extra_that_they_need() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        extra = tomllib.load(file)["project"]["optional-dependencies"]["cpu"]
    assert all(hook["additional_dependencies"] == extra for hook in HOOKS)


@pytest.mark.slow
def test_a_hook_passes_and_refuses(
    clone: Path, make_environment: Callable[[], Environment], tmp_path: Path
) -> None:
    made = make_environment()
    made.pip("install", "pre-commit")

    def hook() -> subprocess.CompletedProcess[str]:
        words = [made.program("pre-commit"), "try-repo", clone, "sluice-schema", "--all-files"]
        return subprocess.run(
            words, cwd=clone, env=CLEAN | {"PRE_COMMIT_HOME": str(tmp_path), "PATH": os.environ["PATH"]},
            capture_output=True, text=True, check=False, timeout=800,
        )  # fmt: skip

    good = hook()
    assert good.returncode == 0, good.stdout + good.stderr
    assert "Passed" in good.stdout
    path = clone / "models" / "digits" / "model.yaml"
    path.write_text(path.read_text().replace("task:", "tusk:"))
    bad = hook()
    assert bad.returncode == 1
    assert "tusk" in bad.stdout
