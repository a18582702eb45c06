"""CPU seconds of this process and its children over thousands of models, each beside a bare tool's."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from sluicegate.embedded.bench.fleet import Fleet
from sluicegate.embedded.demo.stage import MODEL, PRODUCT
from sluicegate.specs import layout

RUNS = 5
"""Idle ticks whose median counts."""
PULLS = 3
"""Judgements of a pull request whose median counts."""


def parts(*, large: bool) -> dict[str, Callable[[], dict[str, Any]]]:
    """The measurements, by name."""
    measured: dict[str, Callable[[], dict[str, Any]]] = {
        "idle tick of 1,000 models": partial(idle, Fleet(1_000)),
        "idle tick of 10,000 models": partial(idle, Fleet(10_000)),
        "spec-valid of 1,000 models": partial(specs, Fleet(1_000)),
        "status of 10,000 releases": partial(status, Fleet(10_000)),
        "a pull request of one model among 10,000": partial(one_pull, Fleet(10_000), Fleet(10)),
    }
    if large:
        measured["spec-valid of 10,000 models"] = partial(specs, Fleet(10_000))
        measured["1,000 decisions among 10,000 models"] = partial(decisions, Fleet(10_000), 1_000)
        measured["idle tick of 50,000 releases"] = partial(idle, Fleet(10_000, environments=5))
    return measured


def cpu() -> float:
    """Seconds of CPU that this process and its ended children have used."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def spent(action: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    before = cpu()
    action()
    return cpu() - before


def idle(fleet: Fleet) -> dict[str, Any]:
    """A tick that finds nothing changed, beside one `git ls-remote`; and the first one, which reads all."""
    from sluicegate.gate.adapters.git.repository import Repository
    from sluicegate.gate.daemon import tick

    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder, "models.git")
        fleet.write(bare)
        with Repository(str(bare), Path(folder, "cache.git")) as repository:

            def one() -> None:
                tick(repository, clock=lambda: datetime.now(UTC))

            first = spent(one)
            further = median(spent(one) for _ in range(RUNS))
            bare_look = median(spent(repository.remote) for _ in range(RUNS))
    return {"first_cpu_seconds": round(first, 1), **_ratio(further, bare_look)}


def decisions(fleet: Fleet, models: int) -> dict[str, Any]:
    """A tick that starts new models, a commit and a record of evidence each, beside git alone.

    Git alone fetches what people merged, and writes and pushes the same commits, by one process each.
    """
    from sluicegate.gate.adapters.git.repository import EVIDENCE, MAIN, Repository
    from sluicegate.gate.daemon import tick

    with tempfile.TemporaryDirectory() as folder:
        bare, copy, target = (Path(folder, f"{name}.git") for name in ("models", "copy", "target"))
        fleet.write(bare)
        with Repository(str(bare), Path(folder, "cache.git")) as repository:

            def one() -> None:
                tick(repository, clock=lambda: datetime.now(UTC))

            one()
            for path in (copy, target):
                _run(Path(folder), "git", "clone", "--quiet", "--bare", str(bare), str(path))
            with Repository(str(bare)) as people:
                brought = fleet.bring(people, models)
            decided = spent(one)
        number = int(_run(bare, "git", "rev-list", "--count", f"{brought}..{MAIN}"))
        words = ("fast-export", "--reference-excluded-parents", MAIN, EVIDENCE, f"^{brought}")
        commits = _run(bare, "git", *words)
        merged = (str(bare), f"{brought}:refs/heads/{MAIN}")
        _run(target, "git", "fetch", "--quiet", *merged)

        def git_alone() -> None:
            _run(copy, "git", "fetch", "--quiet", *merged)
            _run(copy, "git", "fast-import", "--quiet", stdin=commits)
            _run(copy, "git", "push", "--quiet", str(target), MAIN, EVIDENCE)

        return {"decisions": number, **_ratio(decided, spent(git_alone))}


def specs(fleet: Fleet) -> dict[str, Any]:
    """`sluice validate --all --check spec-valid`, beside check-jsonschema of the same files."""
    with tempfile.TemporaryDirectory() as folder:
        root = _clone(fleet, Path(folder))
        files = [layout.model_path(name) for name in fleet.names]
        checker = [str(Path(sys.executable).parent / "check-jsonschema"), "--schemafile"]
        judged = spent(lambda: _sluice(root, "validate", "--all", "--check", "spec-valid"))
        bare = spent(lambda: _run(root, *checker, str(PRODUCT / layout.MODEL_SCHEMA), *files))
    return _ratio(judged, bare)


def status(fleet: Fleet) -> dict[str, Any]:
    """`sluice status`, beside the git commands that tell the same: the files, their bytes, their history."""
    with tempfile.TemporaryDirectory() as folder:
        root = _clone(fleet, Path(folder))
        shown = spent(lambda: _sluice(root, "status"))

        def bare() -> None:
            ids = _run(root, "git", "ls-tree", "-r", "--format=%(objectname)", "HEAD", layout.ENVIRONMENTS)
            _run(root, "git", "cat-file", "--batch", stdin=ids)
            _run(root, "git", "log", "--first-parent", "--raw", "HEAD", "--", layout.ENVIRONMENTS)

        return _ratio(shown, spent(bare))


def one_pull(fleet: Fleet, small: Fleet) -> dict[str, Any]:
    """`sluice validate --changed` of a pull that brings one model, beside the same in a small fleet."""
    return _ratio(_one_pull(fleet), _one_pull(small))


def _one_pull(fleet: Fleet) -> float:
    """CPU seconds, the median of `PULLS` runs after one that does not count."""
    with tempfile.TemporaryDirectory() as folder:
        root = _clone(fleet, Path(folder))
        shutil.copytree(PRODUCT / layout.model_directory(MODEL), root / layout.model_directory(MODEL))
        author = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")
        _run(root, "git", "checkout", "--quiet", "-b", "topic")
        _run(root, "git", "add", "--all")
        _run(root, "git", *author, "commit", "--quiet", "-m", "One model more")

        def judged() -> None:
            _sluice(root, "validate", "--changed", "main..topic")

        judged()
        return median(spent(judged) for _ in range(PULLS))


def _ratio(seconds: float, baseline: float) -> dict[str, Any]:
    return {
        "cpu_seconds": round(seconds, 3),
        "baseline_cpu_seconds": round(baseline, 3),
        "ratio": round(seconds / baseline, 2),
    }


def _clone(fleet: Fleet, folder: Path) -> Path:
    """The fleet's repository with a work tree."""
    bare = folder / "models.git"
    fleet.write(bare)
    _run(folder, "git", "clone", "--quiet", str(bare), "work")
    return folder / "work"


def _sluice(root: Path, *arguments: str) -> None:
    _run(root, str(Path(sys.executable).parent / "sluice"), *arguments)


def _run(cwd: Path, *command: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, check=True).stdout
