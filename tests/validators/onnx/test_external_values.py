"""Numbers in other files are looked at piece by piece, whatever the size of the file."""

from __future__ import annotations

import mmap
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from sluicegate.specs.tree import FileEntry
from sluicegate.validators.onnx import external_values
from sluicegate.validators.onnx.external_values import external_not_finite
from sluicegate.validators.onnx.facts import read_graph
from sluicegate.validators.onnx.tensors import NotFinite
from sluicegate.validators.submission.files import ModelFiles

PIECE = mmap.ALLOCATIONGRANULARITY
TYPES = {
    "float32": (TensorProto.FLOAT, np.float32),
    "float64": (TensorProto.DOUBLE, np.float64),
    "float16": (TensorProto.FLOAT16, np.float16),
}


@pytest.fixture
def mapped(monkeypatch) -> list[int]:
    """Bytes of each mapping that is made."""
    sizes: list[int] = []

    class Noting(mmap.mmap):
        def __new__(cls, descriptor: int, length: int, **options: int):
            sizes.append(length)
            return super().__new__(cls, descriptor, length, **options)

    monkeypatch.setattr(external_values, "PIECE", PIECE)
    monkeypatch.setattr(external_values.mmap, "mmap", Noting)
    return sizes


def found_in(folder: Path, numbers: np.ndarray, kind: int, offset: int) -> list[NotFinite]:
    """What is found of a tensor `w` of these numbers, behind so many bytes of its file."""
    tensor = TensorProto(name="w", dims=[numbers.size], data_type=kind, data_location=TensorProto.EXTERNAL)
    for key, value in {"location": "w.onnx_data", "offset": offset, "length": numbers.nbytes}.items():
        tensor.external_data.add(key=key, value=str(value))
    value = helper.make_tensor_value_info("y", kind, [None])
    nodes = [helper.make_node("Identity", ["w"], ["y"])]
    model = helper.make_model(helper.make_graph(nodes, "g", [], [value], [tensor]))
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    content = b"\xff" * offset + numbers.tobytes()
    (folder / "w.onnx_data").write_bytes(content)
    entries = {"w.onnx_data": FileEntry("w.onnx_data", "100644", len(content))}
    return list(external_not_finite(read_graph(folder / "model.onnx"), ModelFiles("m", entries, folder)))


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("offset", [0, 64, PIECE, PIECE + 8])
def test_what_is_not_finite_in_any_piece_is_counted(tmp_path, mapped, name, offset):
    kind, dtype = TYPES[name]
    each = PIECE // np.dtype(dtype).itemsize
    numbers = np.ones(3 * each + 5, dtype)
    numbers[[0, each - 1, each, 3 * each + 4]] = [np.nan, np.inf, -np.inf, np.nan]
    assert found_in(tmp_path, numbers, kind, offset) == [NotFinite("w", 2, 2)]
    assert len(mapped) >= 5 and max(mapped[1:]) < 2 * PIECE  # the first is the model's own


def test_sound_numbers_are_none(tmp_path, mapped):
    assert found_in(tmp_path, np.ones(3 * PIECE, np.float32), TensorProto.FLOAT, 0) == []


def test_many_small_tensors_of_one_piece_are_mapped_once(tmp_path, mapped):
    tensors = []
    for number in range(100):
        tensor = TensorProto(name=f"w{number}", dims=[4], data_type=TensorProto.FLOAT)
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in {"location": "w.onnx_data", "offset": 16 * number, "length": 16}.items():
            tensor.external_data.add(key=key, value=str(value))
        tensors.append(tensor)
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None]) for name in ("w0", "w9")]
    model = helper.make_model(helper.make_graph([], "g", [], values, tensors))
    (tmp_path / "model.onnx").write_bytes(model.SerializeToString())
    numbers = np.ones(400, np.float32)
    numbers[[0, 39]] = np.nan
    (tmp_path / "w.onnx_data").write_bytes(numbers.tobytes())
    entries = {"w.onnx_data": FileEntry("w.onnx_data", "100644", numbers.nbytes)}
    files = ModelFiles("m", entries, tmp_path)
    found = list(external_not_finite(read_graph(tmp_path / "model.onnx"), files))
    assert found == [NotFinite("w0", 1, 0), NotFinite("w9", 1, 0)]
    assert len(mapped) == 2  # the first is the model's own
