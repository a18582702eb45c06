"""What a run says names no directory of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from sluicegate.validators.runner.finding import fail
from sluicegate.validators.runner.temporary_paths import repeatable, without_temporary


@pytest.mark.parametrize("copy", ["0/candidate", "12/production", "0/base", "3/earlier-2"])
def test_a_file_of_a_models_copy_is_named_as_in_its_directory(copy: str) -> None:
    with tempfile.TemporaryDirectory(prefix="sluice-validate-") as folder:
        text = f"Load model from {folder}/{copy}/data/a b.onnx failed: '{folder}/{copy}/x': bad"
    assert without_temporary(text) == "Load model from data/a b.onnx failed: 'x': bad"


def test_so_is_what_a_library_makes_in_a_childs_directory() -> None:
    with tempfile.TemporaryDirectory(prefix="sluice-child-") as scratch:
        with tempfile.TemporaryDirectory(dir=scratch) as inner:
            assert without_temporary(f"in {inner}/outline.onnx") == "in outline.onnx"
        assert without_temporary(f"No space in {scratch}: full") == "No space in : full"


def test_other_paths_stay(tmp_path: Path) -> None:
    text = f"{tmp_path} /tmp/x models/sluice-gate/model.yaml a/sluice-model-onnx"
    assert without_temporary(text) == text


def test_a_findings_remedy_is_held_to_the_same() -> None:
    finding = fail("in /tmp/sluice-child-abcd1234/a", remedy="see /tmp/sluice-child-abcd1234/b")
    assert (repeatable(finding).message, repeatable(finding).remedy) == ("in a", "see b")
    assert repeatable(fail("no")).remedy is None
