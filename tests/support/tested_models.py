"""A small real model with an owner's tests, and what the checks find of them, in the real child."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from sluicegate.gate.metrics.base import gates
from sluicegate.specs.model_file import load_model
from sluicegate.specs.tree import Tree, WorkTree
from sluicegate.specs.yamlio import parse
from sluicegate.validators.runner.finding import Finding
from sluicegate.validators.runner.limits import Limits
from sluicegate.validators.runner.registry import checks
from sluicegate.validators.runner.run import validate
from sluicegate.validators.submission.candidate import Candidate

TINY = Path(__file__).resolve().parents[1] / "examples/good/every-check"
"""A logistic regression over size, age and hour; `production/` is its version 1."""


def write_model(root: Path, tests: Mapping[str, str]) -> Path:
    """models/tiny below `root`, with these files in its tests/."""
    directory = root / "models/tiny"
    shutil.copytree(TINY / "models/tiny", directory)
    shutil.rmtree(directory / "tests", ignore_errors=True)
    for name, text in tests.items():
        file = directory / "tests" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return directory


def judge_tests(
    root: Path,
    tests: Mapping[str, str],
    *,
    first: bool = True,
    ids: tuple[str, ...] = ("own-tests",),
    limits: Limits | None = None,
) -> list[Finding]:
    """What these checks find; `first`: nothing runs yet that it could be compared with."""
    write_model(root, tests)
    production = None if first else WorkTree(TINY / "production")
    subject = Candidate("tiny", WorkTree(root), _load, production=production).subject()
    chosen = {id: checks()[id] for id in ids}
    return list(validate([subject], chosen, today=date(2026, 1, 1), limits=limits).findings)


def _load(tree: Tree, path: str):
    sections = {check.section: check.parameters for check in checks().values() if check.section}
    document = parse(tree.read(f"{path}/model.yaml"), f"{path}/model.yaml")
    return document, load_model(document, gates=gates(), sections=sections)
