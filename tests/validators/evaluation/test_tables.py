"""The same rows from parquet, CSV and numpy's archives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.small_models import model_spec

from sluicegate.specs.model import Tensor
from sluicegate.validators.evaluation.feeds import feed
from sluicegate.validators.evaluation.tables import declared_types, read_table
from sluicegate.validators.runner.inputs import Unavailable

ID = 2**53 + 1
SPEC = model_spec(
    inputs=(
        Tensor("id", "int64", ("n",)),
        Tensor("country", "string", ("n",)),
        Tensor("x", "float64", ("n", 2), ("a", "b")),
    )
)
TABLE = pd.DataFrame({"id": [ID, 7], "country": ["NA", "DE"], "a": [0.1 + 0.2, 1e-7], "b": [1.5, np.nan]})


def read(path: Path) -> pd.DataFrame:
    return read_table(path, declared_types(SPEC), path.name)


def test_parquet_and_csv_give_the_same_inputs(tmp_path: Path) -> None:
    """CSV has no types: `NA` is Namibia, an id stays exact, and a float is the nearest one."""
    TABLE.to_parquet(tmp_path / "t.parquet")
    TABLE.to_csv(tmp_path / "t.csv", index=False)
    pairs = [feed(read(tmp_path / name), SPEC) for name in ("t.parquet", "t.csv")]
    for name in ("id", "country"):
        assert pairs[0][name].tolist() == pairs[1][name].tolist() == TABLE[name].tolist()
    np.testing.assert_array_equal(pairs[0]["x"], pairs[1]["x"])


@pytest.mark.parametrize("name", ["t.parquet", "t.csv"])
def test_whole_numbers_are_exact_beside_a_missing_one(tmp_path: Path, name: str) -> None:
    """pandas reads them as float64, which ends at 2**53."""
    table = pd.DataFrame({"id": pd.array([ID, None], dtype="Int64"), "other": [1, 2]})
    if name.endswith("csv"):
        table.to_csv(tmp_path / name, index=False)
    else:
        table.to_parquet(tmp_path / name)
    column = read(tmp_path / name)["id"]
    assert column.tolist()[0] == ID
    assert column.isna().tolist() == [False, True]


def test_the_index_of_a_data_frame_is_no_column(tmp_path: Path) -> None:
    shuffled = TABLE.sample(frac=1, random_state=0)
    shuffled.to_parquet(tmp_path / "t.parquet")
    shuffled.to_csv(tmp_path / "t.csv")
    for name in ("t.parquet", "t.csv"):
        assert list(read(tmp_path / name).columns) == list(TABLE.columns)


def test_text_that_is_no_whole_number_is_refused_by_row(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id\n1\n3.0\n2.5\n")
    with pytest.raises(Unavailable, match=r"row 3 of column 'id' holds '2.5', which is not a whole number"):
        read(tmp_path / "t.csv")


def test_lists_come_from_parquet_and_from_an_archive(tmp_path: Path) -> None:
    series = np.arange(12.0).reshape(2, 3, 2)
    pd.DataFrame({"s": [row.tolist() for row in series], "y": [0, 1]}).to_parquet(tmp_path / "t.parquet")
    np.savez(tmp_path / "t.npz", s=series, y=np.array([0, 1]))
    spec = model_spec(inputs=(Tensor("s", "float32", ("n", 3, 2)),))
    for name in ("t.parquet", "t.npz"):
        table = read(tmp_path / name)
        assert table["y"].tolist() == [0, 1]
        assert feed(table, spec)["s"].tolist() == series.tolist()


def test_an_archive_of_records_has_their_fields(tmp_path: Path) -> None:
    np.save(tmp_path / "t.npy", np.array([(1, 2.5), (3, 4.5)], dtype=[("id", "i8"), ("a", "f8")]))
    assert read(tmp_path / "t.npy").to_dict("list") == {"id": [1, 3], "a": [2.5, 4.5]}


@pytest.mark.parametrize(
    ("write", "says"),
    [
        (lambda path: np.save(path / "t.npy", np.arange(3)), "holds one array without names"),
        (lambda path: np.savez(path / "t.npz", a=[1], b=[1, 2]), "arrays of different lengths: a 1, b 2"),
        (lambda path: np.savez(path / "t.npz", a=np.array([{}])), "is not a readable table"),
        (lambda path: (path / "t.json").write_text("[]"), "none of .parquet, .csv, .npz, .npy"),
        (lambda path: (path / "t.parquet").write_bytes(b"PAR1"), "is not a readable table"),
    ],
    ids=["no names", "lengths", "pickle", "format", "broken"],
)
def test_what_is_no_table_is_named(tmp_path: Path, write, says) -> None:
    """An archive with pickled objects is refused: to read it would run it."""
    write(tmp_path)
    with pytest.raises(Unavailable, match=says):
        read(next(tmp_path.iterdir()))


HEADER = [
    ("a;b\n1,5;2", "separates its columns by semicolons", "with a point in decimals"),
    ("a\tb\n1\t2", "separates its columns by tabs", "to_csv"),
    ("0.5,1,2\n0.1,2,3", "has no header: its first line is 0.5, 1, 2", "Name the columns"),
    ("3,0,0\n4,0,1", "has no header", "Name the columns"),
    ("a,b,a\n1,2,3", "has 2 columns 'a'", "a name of its own"),
]


@pytest.mark.parametrize(("text", "says", "remedy"), HEADER)
def test_a_header_that_cannot_be_used_is_named_with_its_remedy(tmp_path: Path, text, says, remedy) -> None:
    """pandas would take the first row for names, or call the second `a` `a.1`: both give other figures."""
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(Unavailable, match=says) as refused:
        read(tmp_path / "t.csv")
    assert remedy in (refused.value.remedy or "")


def test_a_csv_of_windows_is_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("gr\u00f6\u00dfe,b\r\n1.5,2\r\n".encode("utf-8-sig"))
    assert read(tmp_path / "t.csv").to_dict("list") == {"gr\u00f6\u00dfe": [1.5], "b": [2]}
    (tmp_path / "t.csv").write_bytes("gr\u00f6\u00dfe,b\r\n1.5,2\r\n".encode("cp1252"))
    with pytest.raises(Unavailable, match=r"t\.csv is not UTF-8: byte 3 is 0xf6"):
        read(tmp_path / "t.csv")


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    pq.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(Unavailable, match=r"t\.parquet has 2 columns 'a'"):
        read(tmp_path / "t.parquet")
