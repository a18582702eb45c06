from dataclasses import replace
from pathlib import Path

import pytest

from sluicegate.specs.tree import FileEntry
from sluicegate.validators.onnx.external import external_faults
from sluicegate.validators.onnx.facts import ExternalTensor, Graph
from sluicegate.validators.submission.files import ModelFiles

FILES = ModelFiles("models/m", {"w.bin": FileEntry("w.bin", "100644", 100)}, Path("none"))
PLAIN = Graph(8, {"ai.onnx": 17}, {("ai.onnx", "Neg"): 1}, (), (), (), (), 1, 1, frozenset(), False)
NO_DIGEST = "pins it by no digest"


def faults(*tensors):
    return [fault.words for _, fault in external_faults(replace(PLAIN, external_tensors=tensors), FILES)]


def tensor(offset="0", length="24", size=24, name="w", location="w.bin"):
    return ExternalTensor(name, location, offset, length, size, True)


def test_bytes_in_another_file_are_refused_even_when_they_are_sound():
    (fault,) = faults(tensor())
    assert NO_DIGEST in fault


def test_bytes_in_a_file_that_model_yaml_pins_are_sound_range_by_range():
    pinned = replace(FILES, pinned=frozenset({"w.bin"}))

    def found(*tensors):
        graph = replace(PLAIN, external_tensors=tensors)
        return [fault.words for _, fault in external_faults(graph, pinned)]

    assert found(tensor(), tensor(name="v", offset="24")) == []
    assert "overlap" in found(tensor(), tensor(name="v", offset="20"))[0]
    assert "ends at byte" in found(tensor(offset="80"))[0]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (tensor(location="../w.bin"), "leads out"),
        (tensor(location="none.bin"), "is not there"),
        (tensor(offset="-1"), "has offset '-1'"),
        (tensor(offset="9" * 30), "has offset"),
        (tensor(offset="1e3"), "has offset '1e3'"),
        (tensor(offset="80"), "ends at byte 104"),
        (tensor(offset=str(10**15)), "ends at byte"),
        (tensor(length="20"), "needs 24 bytes, and names 20"),
        (tensor(size=-1), "needs -1 bytes"),
    ],
)
def test_a_range_that_no_file_holds_is_named(wrong, says):
    assert any(says in fault for fault in faults(wrong))


def test_ranges_laid_over_each_other_are_named():
    pair = [tensor(name="a"), tensor(name="b", offset="20")]
    assert any("'a' and 'b' overlap" in fault for fault in faults(*pair))
    apart = [tensor(name="a"), tensor(name="b", offset="24")]
    assert all(NO_DIGEST in fault for fault in faults(*apart))
