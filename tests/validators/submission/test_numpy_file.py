"""Arrays of numbers and text are data; an array of objects is a program."""

from __future__ import annotations

import pickle
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest

from sluicegate.validators.submission.file_type import disallowed_content


def test_arrays_of_numbers_and_text_are_allowed(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros((3, 4, 5), np.uint8), label=np.array(["a", "b", "c"]))
    np.savez_compressed(tmp_path / "b.npz", x=np.arange(10.0))
    np.save(tmp_path / "c.npy", np.array([(1, 2.5)], dtype=[("id", "i8"), ("a", "f4", (2,))]))
    for path in sorted(tmp_path.iterdir()):
        assert disallowed_content(path) is None


def archive(path: Path, name: str, data: bytes) -> None:
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(name, data)


@pytest.mark.parametrize(
    ("name", "write", "says"),
    [
        ("a.npz", lambda path: np.savez(path, x=np.array([{}])), "an array of objects, .* in 'x.npy'"),
        ("a.npy", lambda path: np.save(path, np.array([None])), "an array of objects"),
        ("a.npy", lambda path: np.save(path, np.array([(1, {})], [("i", "i8"), ("o", "O")])), "of objects"),
        ("a.npz", lambda path: archive(path, "data.pkl", pickle.dumps([])), "holds 'data.pkl'"),
        ("a.npz", lambda path: archive(path, "x.npy", b"\x7fELF" * 9), "not an array of numpy's, in 'x.npy'"),
        ("a.npz", lambda path: path.write_bytes(b"PK\x03\x04 and no directory"), "not an archive of numpy's"),
        ("a.npz", lambda path: path.write_bytes(b"\x7fELF"), "not an archive of numpy's"),
        ("a.npy", lambda path: path.write_bytes(b"\x93NUMPY\x01\x00\xff\xff{"), "a header of 65,535 bytes"),
        ("a.npy", lambda path: path.write_bytes(b"\x93NUMPY\x01\x00\x04\x00(((("), "not a file of numpy's"),
        ("a.npy", lambda path: path.write_bytes(b"\x93NUMPY\x01\x00\x00\x20" + b"-" * 8192), "nests deep"),
        ("a.npy", lambda path: path.write_bytes(b""), "not a"),
        ("a.npy", lambda path: path.write_bytes(pickle.dumps(print)), "a pickle"),
        ("a.zip", lambda path: archive(path, "x.npy", b""), "a zip archive"),
    ],
)
def test_what_runs_or_is_something_else_is_refused(tmp_path: Path, name: str, write, says: str) -> None:
    write(tmp_path / name)
    found = disallowed_content(tmp_path / name)
    assert found is not None
    assert re.search(says, found), found
