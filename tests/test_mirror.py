"""Tests mirror the code by file: a reader of a module finds its specification at once."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MIRRORED = ("gate/core", "gate/daemon", "gate/metrics", "validators/checks", "specs", "specs/yamlio")
ELSEWHERE: dict[str, str] = {}
"""Module -> why it has no test file of its own."""


@pytest.mark.parametrize("folder", MIRRORED)
def test_each_module_has_a_test_file_of_its_name(folder: str):
    modules = [path for path in (ROOT / folder).glob("*.py") if path.name != "__init__.py"]
    assert modules, f"{folder} is empty: name where its modules are now"
    missing = [
        f"{folder}/{path.name}"
        for path in sorted(modules)
        if not (ROOT / "tests" / folder / f"test_{path.stem}.py").is_file()
    ]
    assert [name for name in missing if name not in ELSEWHERE] == []


def test_no_exception_outlives_its_module():
    assert [name for name in ELSEWHERE if not (ROOT / name).is_file()] == []
