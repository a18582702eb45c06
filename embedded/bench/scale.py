"""CPU seconds of this process and its children over thousands of models, each beside a bare tool's."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from sluicegate.embedded.bench import decisions
from sluicegate.embedded.bench.fleet import Fleet
from sluicegate.embedded.bench.spending import ratio, run, sluice, spent
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
        "650 decisions verified": partial(decisions.verifying, Fleet(130)),
        "a pull request of one model among 10,000": partial(one_pull, Fleet(10_000), Fleet(10)),
    }
    if large:
        measured["spec-valid of 10,000 models"] = partial(specs, Fleet(10_000))
        measured["1,000 new models start among 10,000"] = partial(decisions.starting, Fleet(10_000), 1_000)
        measured["1,000 canaries start and advance among 10,000 models"] = partial(
            decisions.advancing, Fleet(10_000), 1_000
        )
        measured["idle tick of 50,000 releases"] = partial(idle, Fleet(10_000, environments=5))
    return measured


def idle(fleet: Fleet) -> dict[str, Any]:
    """A tick that finds nothing changed, beside one `git ls-remote`; and the first one, which reads all."""
    from sluicegate.gate.adapters.git.repository import Repository
    from sluicegate.gate.daemon.reconcile import tick

    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder, "models.git")
        fleet.write(bare)
        with Repository(str(bare), Path(folder, "cache.git")) as repository:

            def one() -> None:
                tick(repository, clock=lambda: datetime.now(UTC))

            first = spent(one)
            further = median(spent(one) for _ in range(RUNS))
            bare_look = median(spent(repository.remote) for _ in range(RUNS))
    return {"first_cpu_seconds": round(first, 1), **ratio(further, bare_look)}


def specs(fleet: Fleet) -> dict[str, Any]:
    """`sluice validate --all --check spec-valid`, beside check-jsonschema of the same files."""
    with tempfile.TemporaryDirectory() as folder:
        root = _clone(fleet, Path(folder))
        files = [layout.model_path(name) for name in fleet.names]
        checker = [str(Path(sys.executable).parent / "check-jsonschema"), "--schemafile"]
        judged = spent(lambda: sluice(root, "validate", "--all", "--check", "spec-valid"))
        bare = spent(lambda: run(root, *checker, str(PRODUCT / layout.MODEL_SCHEMA), *files))
    return ratio(judged, bare)


def status(fleet: Fleet) -> dict[str, Any]:
    """`sluice status`, beside the git commands that tell the same: the files, their bytes, their history."""
    with tempfile.TemporaryDirectory() as folder:
        root = _clone(fleet, Path(folder))
        shown = spent(lambda: sluice(root, "status"))

        def bare() -> None:
            ids = run(root, "git", "ls-tree", "-r", "--format=%(objectname)", "HEAD", layout.ENVIRONMENTS)
            run(root, "git", "cat-file", "--batch", stdin=ids)
            run(root, "git", "log", "--first-parent", "--raw", "HEAD", "--", layout.ENVIRONMENTS)

        return ratio(shown, spent(bare))


def one_pull(fleet: Fleet, small: Fleet) -> dict[str, Any]:
    """`sluice validate --changed` of a pull that brings one model, beside the same in a small fleet."""
    return ratio(_one_pull(fleet), _one_pull(small))


def _one_pull(fleet: Fleet) -> float:
    """CPU seconds, the median of `PULLS` runs after one that does not count."""
    with tempfile.TemporaryDirectory() as folder:
        root = _clone(fleet, Path(folder))
        shutil.copytree(PRODUCT / layout.model_directory(MODEL), root / layout.model_directory(MODEL))
        author = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")
        run(root, "git", "checkout", "--quiet", "-b", "topic")
        run(root, "git", "add", "--all")
        run(root, "git", *author, "commit", "--quiet", "-m", "One model more")

        def judged() -> None:
            sluice(root, "validate", "--changed", "main..topic")

        judged()
        return median(spent(judged) for _ in range(PULLS))


def _clone(fleet: Fleet, folder: Path) -> Path:
    """The fleet's repository with a work tree."""
    bare = folder / "models.git"
    fleet.write(bare)
    run(folder, "git", "clone", "--quiet", str(bare), "work")
    return folder / "work"
