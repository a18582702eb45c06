"""What data becomes when it is read, said before it is."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluicegate.validators.submission.data_size import size_fault
from sluicegate.validators.submission.parquet_size import parquet_size
from sluicegate.validators.submission.thrift import Reader, ThriftError


def repeated(count: int, text: str) -> pa.Table:
    """One text, named by every row."""
    numbers = pa.array(np.zeros(count, np.int32))
    return pa.table({"a": pa.DictionaryArray.from_arrays(numbers, pa.array([text]))})


def picture(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", zlib.crc32(head))


def array_header(shape: str, kind: str = "<f4") -> bytes:
    text = f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def archived(path, data: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("x.npy", data)


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("codec", ["none", "snappy", "zstd"])
def test_a_sound_table_is_measured_and_allowed(tmp_path, version, codec):
    path = tmp_path / "t.parquet"
    table = pa.table(
        {"a": np.arange(5_000), "t": [f"row {n % 7}" for n in range(5_000)], "l": [[1, 2]] * 5_000}
    )
    pq.write_table(table, path, data_page_version=version, compression=codec, row_group_size=1_000)
    size = parquet_size(path)
    assert (size.rows, size.columns, size.values) == (5_000, 3, 20_000)
    assert 8 * 5_000 < size.decoded < 400_000
    assert size_fault(path) is None


def test_a_text_that_many_rows_name_counts_as_often(tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(repeated(3_000_000, "x" * 1_000_000), path)
    assert path.stat().st_size < 1 << 18
    assert re.match(r"has 3,000,000 rows, which are 3,0\d\d,\S+ bytes", size_fault(path))


def test_a_table_of_very_many_row_groups_is_refused(tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": list(range(10_001))}), path, row_group_size=1)
    assert "has 10,001 row groups, of at most 10,000" in size_fault(path)
    pq.write_table(pa.table({"a": list(range(10_000))}), path, row_group_size=1)
    assert size_fault(path) is None


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b",".join(b"%d" % n for n in range(20_000)) + b"\n1\n", "has 20,000 columns"),
        ("a.csv", b"x" * (2 << 20), "has a first line of more than"),
        ("a.png", picture(60_000, 60_000), "is a picture of 3,600,000,000 pixels"),
        ("a.npy", array_header("(1000000, 1000000)"), "holds 4,000,000,000,000 bytes"),
        ("a.npy", array_header("(10,)", "<U1000000000"), "holds 40,000,000,000 bytes"),
        ("a.parquet", b"PAR1" + b"\xff" * 4 + b"PAR1", "has a footer of 4,294,967,295 bytes"),
        ("a.parquet", b"PAR1" + b"\x1c" * 100 + struct.pack("<I", 100) + b"PAR1", "nests deep"),
    ],
    ids=["columns", "line", "pixels", "shape", "text", "footer", "nesting"],
)
def test_what_is_too_large_is_named(tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)
    assert says in size_fault(tmp_path / name)


def test_an_archive_is_as_large_as_what_it_unpacks_to(tmp_path):
    archived(tmp_path / "a.npz", array_header("(400000000,)") + bytes(1 << 20))
    assert "holds 1,600,000,000 bytes" in size_fault(tmp_path / "a.npz")
    np.savez_compressed(tmp_path / "b.npz", x=np.zeros((1_000, 1_000)))
    assert size_fault(tmp_path / "b.npz") is None


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_any_bytes_are_a_struct_or_a_named_error(data):
    reader = Reader(data)
    try:
        reader.struct({1: True, 2: {1: True}})
    except ThriftError:
        return
    assert reader.at <= len(data)
