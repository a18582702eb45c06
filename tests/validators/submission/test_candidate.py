"""The candidate beside its base: which of the base's own tests it changes."""

from __future__ import annotations

from pathlib import Path

from sluicegate.specs.tree import WorkTree
from sluicegate.validators.submission.candidate import Candidate


def tree(root: Path, **files: str) -> WorkTree:
    for name, text in files.items():
        file = root / "models/m/tests" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    root.mkdir(exist_ok=True)
    return WorkTree(root)


def changed(tmp_path: Path, before: dict[str, str] | None, after: dict[str, str]) -> tuple[str, ...]:
    base = None if before is None else tree(tmp_path / "base", **before)
    return Candidate("m", tree(tmp_path / "head", **after), None, base=base).changed_tests()


def test_a_test_that_is_removed_or_rewritten_is_named(tmp_path):
    before = {"test_a": "assert 1", "test_b": "assert 1", "test_c": "assert 1"}
    after = {"test_a": "assert 1", "test_b": "assert 0", "test_d": "assert 1"}
    assert changed(tmp_path, before, after) == ("tests/test_b.py", "tests/test_c.py")


def test_new_tests_loosen_nothing(tmp_path):
    assert changed(tmp_path, {}, {"test_a": "assert 1"}) == ()


def test_without_a_base_nothing_is_compared(tmp_path):
    assert changed(tmp_path, None, {"test_a": "assert 1"}) == ()
