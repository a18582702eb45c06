from __future__ import annotations

import hashlib

import pytest

from sluicegate.specs.artifacts.reference import Reference, beside, identity, last_part

A = "sha256:" + "a" * 64
B = "sha256:" + "b" * 64
C = "sha256:" + "c" * 64


def test_one_file_is_known_by_its_own_digest_wherever_it_is() -> None:
    assert identity([Reference("model.onnx", A)]) == A
    assert identity([Reference("model.onnx", A, "oci://host/team/model", 5)]) == A


def test_several_files_are_known_by_the_list_of_them() -> None:
    text = f"sluicegate.dev/artifact/v1\n{A}  m.onnx\n{B}  a.bin\n{C}  w.bin\n"
    files = [Reference("m.onnx", A), Reference("w.bin", C), Reference("a.bin", B)]
    assert identity(files) == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@pytest.mark.parametrize(
    "others",
    [
        [],
        [Reference("w.bin", C)],
        [Reference("v.bin", B)],
        [Reference("w.bin", B), Reference("x.bin", C)],
    ],
)
def test_no_file_changes_comes_or_goes_under_the_same_identity(others: list[Reference]) -> None:
    main = Reference("m.onnx", A)
    assert identity([main, *others]) != identity([main, Reference("w.bin", B)])


def test_external_data_is_named_from_the_directory_of_the_onnx_file() -> None:
    assert beside("m.onnx", "w.bin") == "w.bin"
    assert beside("fp16/m.onnx", "fp16/data/w.bin") == "data/w.bin"
    assert beside("fp16/m.onnx", "w.bin") is None


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("https://host/a/model.onnx?x=1#y", "model.onnx"),
        ("oci://host/team/model", "model"),
        ("mlflow:/models/churn/3/model.onnx", "model.onnx"),
        ("lfs:w.bin", "w.bin"),
    ],
)
def test_a_file_is_called_by_the_end_of_its_address(uri: str, name: str) -> None:
    assert last_part(uri) == name
