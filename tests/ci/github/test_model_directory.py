"""What a model's files say of it: graph, licence, pinned packages."""

from __future__ import annotations

from pathlib import Path

from sluicegate.ci.github.model_directory import pinned, read_directory
from sluicegate.ci.model_reader import load
from sluicegate.specs.tree import WorkTree

ROOT = Path(__file__).parents[3]


def test_pins_are_read_whatever_is_beside_them() -> None:
    text = """
    # packages
    NumPy==2.1.0 \\
        --hash=sha256:abcd
    scikit_learn[x] == 1.7.2 ; python_version > "3.10"
    pandas>=2
    -r other.txt
    git+https://example.org/x==1
    """
    assert list(pinned(text)) == [("numpy", "2.1.0"), ("scikit-learn", "1.7.2")]


def test_a_model_is_described_by_its_graph() -> None:
    _, spec = load(WorkTree(ROOT), "models/digits")
    found = read_directory(WorkTree(ROOT), spec)
    assert found.architecture.startswith("ONNX (ai.onnx ")
    assert "numbers in all tensors" in found.architecture
    assert (found.licence, found.packages) == ("", ())
