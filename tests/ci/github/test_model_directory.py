"""What a model's files say of it: graph, licence, pinned packages."""

from __future__ import annotations

from pathlib import Path

from sluicegate.ci.github.model_directory import read_directory
from sluicegate.ci.model_reader import load
from sluicegate.specs.tree import WorkTree

ROOT = Path(__file__).parents[3]


def test_a_model_is_described_by_its_graph() -> None:
    _, spec = load(WorkTree(ROOT), "models/digits")
    found = read_directory(WorkTree(ROOT), spec)
    assert found.architecture.startswith("ONNX (ai.onnx ")
    assert "numbers in all tensors" in found.architecture
    assert (found.licence, found.packages) == ("", ())
