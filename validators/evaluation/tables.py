"""Tables of a sample: parquet, CSV and numpy's archives give the same values for the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sluicegate.specs.columns import TEXT, ColumnType
from sluicegate.specs.model import File, ModelSpec
from sluicegate.validators.evaluation.csv_header import column_names, require_distinct
from sluicegate.validators.evaluation.pictures import with_files
from sluicegate.validators.runner.inputs import Unavailable
from sluicegate.validators.submission.files import ModelFiles

FAULT = "data-integrity"
FORMATS = (".parquet", ".csv", ".npz", ".npy")
NO_NAME = "Unnamed: 0"
"""A first column without a name, as pandas reads it: the index that it wrote."""
WHOLE = {pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()}


def read_frame(files: ModelFiles, file: File, spec: ModelSpec) -> pd.DataFrame:
    """A table, its columns as model.yaml declares them. Raises Unavailable for what is not a table."""
    fault = files.fault(file.path)
    if fault is not None:
        raise Unavailable(f"{file.path} {fault}", "artifact-digests")
    path = files.directory / file.path
    if files.head(file.path, 11) == b"version htt":
        raise Unavailable(
            f"{file.path} is a Git LFS pointer", FAULT, "Run `git lfs pull`, and commit the file itself."
        )
    return with_files(read_table(path, declared_types(spec), file.path), spec, files, file.path)


def read_table(path: Path, types: Mapping[str, str], name: str) -> pd.DataFrame:
    """A table, its columns as `types` declares them (see `declared_types`); `name` is for messages.

    Raises Unavailable for what is not a table.
    """
    try:
        if path.suffix == ".parquet":
            return _parquet(path)
        if path.suffix == ".csv":
            return _csv(path, types)
        if path.suffix in (".npz", ".npy"):
            return _numpy(path)
    except Unavailable:
        raise
    except UnicodeDecodeError as problem:
        raise Unavailable(
            f"{name} is not UTF-8: byte {problem.start + 1} is 0x{problem.object[problem.start]:02x}",
            FAULT,
            "Write it as UTF-8: frame.to_csv(path, index=False).",
        ) from problem
    except Exception as problem:
        raise Unavailable(f"{name} is not a readable table: {problem}", FAULT) from problem
    raise Unavailable(f"{name} is none of {', '.join(FORMATS)}", FAULT, "Write it as one of them.")


def _parquet(path: Path) -> pd.DataFrame:
    """The file's columns, without the index of a DataFrame; whole numbers stay so beside missing ones."""
    require_distinct(pq.read_schema(path).names, path.name)
    table = pq.read_table(path)
    frame: pd.DataFrame = table.to_pandas()
    for name, column in zip(table.column_names, table.columns, strict=True):
        if name in frame.columns and column.type in WHOLE and column.null_count:
            # pandas' own way makes them float64, which ends at 2**53.
            exact = column.to_pandas(types_mapper=_nullable)
            frame[name] = pd.Series(exact.array, index=frame.index, name=name)
    return frame


def _nullable(kind: pa.DataType) -> Any:
    return pd.UInt64Dtype() if pa.types.is_unsigned_integer(kind) else pd.Int64Dtype()


def _csv(path: Path, types: Mapping[str, str]) -> pd.DataFrame:
    """A table of text, each column read as the type that model.yaml declares, the others by their look."""
    text = {name: str for name, kind in types.items() if kind in ("text", "words", "whole")}
    # What is declared as text has no other missing value: NA is Namibia, and a surname is Null.
    missing = {name: {"text": [], "words": [""]}.get(kind, _MISSING) for name, kind in types.items()}
    header = column_names(path)
    frame = pd.read_csv(
        path,
        dtype=text,
        keep_default_na=False,
        na_values={name: missing.get(name, _MISSING) for name in header},
        float_precision="round_trip",
    )
    if NO_NAME in frame.columns:
        frame = frame.drop(columns=NO_NAME)
    for name, kind in types.items():
        if kind == "whole" and name in frame.columns:
            frame[name] = _whole(frame[name], path.name)
        if kind == "number" and name in frame.columns and frame[name].dtype == object:
            frame[name] = frame[name].map(_number)
    return frame


def _number(value: object) -> object:
    """A number of a column that has text as well; other values stay as they are."""
    if not isinstance(value, str):
        return value
    if value in _WORDS:
        return bool(_WORDS[value])
    try:
        return float(value)
    except ValueError:
        return value


_WORDS = {"True": 1, "true": 1, "False": 0, "false": 0}


_MISSING = [
    "",
    "#N/A",
    "#NA",
    "-NaN",
    "-nan",
    "<NA>",
    "N/A",
    "NA",
    "NULL",
    "NaN",
    "None",
    "n/a",
    "nan",
    "null",
]


def declared_types(spec: ModelSpec) -> dict[str, str]:
    """The columns that model.yaml says something of: `text`, `whole` numbers, or any `number`.

    `words` are text that no input takes: an empty one is a missing value. Inputs come before `data.columns`.
    """
    types = {
        name: _kind(rule.dtype).replace("text", "words")
        for name, rule in spec.data.columns.items()
        if rule.dtype is not None
    }
    for tensor in spec.signature.inputs:
        types |= dict.fromkeys(tensor.columns or (tensor.name,), _kind(tensor.dtype))
    if spec.classes is not None and all(isinstance(name, str) for name in spec.classes):
        types.update(dict.fromkeys(spec.data.labels, "text"))
    return types


def _kind(dtype: ColumnType) -> str:
    if dtype in TEXT:
        return "text"
    return "whole" if "int" in dtype else "number"


def _whole(column: pd.Series[Any], path: str) -> pd.Series[Any]:
    """Whole numbers from their digits, exact up to 64 bits; a missing one stays missing."""
    values: list[Any] = []
    for number, text in enumerate(column.tolist()):
        if pd.isna(text):
            values.append(None)
            continue
        try:
            values.append(_digits(text))
        except ValueError:
            raise Unavailable(
                f"{path}: row {number + 1} of column {column.name!r} holds {text!r}, which is not a whole "
                "number",
                FAULT,
            ) from None
    known = [value for value in values if value is not None]
    unsigned = bool(known) and max(known) > np.iinfo(np.int64).max
    if len(known) < len(values):
        return pd.Series(pd.array(values, dtype="UInt64" if unsigned else "Int64"), name=column.name)
    return pd.Series(np.array(values, dtype=np.uint64 if unsigned else np.int64), name=column.name)


def _digits(text: str) -> int:
    """A whole number, also as 3.0 or True. Raises ValueError."""
    if text in _WORDS:
        return _WORDS[text]
    try:
        return int(text)
    except ValueError:
        number = float(text)
        if not number.is_integer() or abs(number) > 2**53:
            raise ValueError(text) from None
        return int(number)


def _numpy(path: Path) -> pd.DataFrame:
    """The arrays of an .npz, or the fields of an .npy, each a column; a row of several numbers is a list."""
    with path.open("rb") as stream:
        loaded = np.load(stream, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            names = loaded.dtype.names
            if names is None:
                raise Unavailable(
                    f"{path.name} holds one array without names",
                    FAULT,
                    "Write inputs and labels into one file: numpy.savez(path, x=..., label=...).",
                )
            arrays: Mapping[str, Any] = {name: loaded[name] for name in names}
        else:
            arrays = {name: loaded[name] for name in loaded.files}
    lengths = {name: len(array) if array.ndim else 0 for name, array in arrays.items()}
    if len(set(lengths.values())) != 1:
        shown = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise Unavailable(f"{path.name} holds arrays of different lengths: {shown}", FAULT)
    return pd.DataFrame(
        {name: pd.Series(array if array.ndim == 1 else list(array)) for name, array in arrays.items()}
    )
