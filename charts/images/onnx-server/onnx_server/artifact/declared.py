"""The few facts of a model.yaml that serving needs, each checked as if an enemy had written it.

The text is read by the same reader as everywhere (`sluicegate.specs.yamlio`), so a scalar means here what it
means to whoever validated the model. The types are not: those of `sluicegate.specs.model` need pydantic,
which an image that serves has no other use for.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from sluicegate.onnx_server.errors import ModelFileInvalid
from sluicegate.onnx_server.watched import Watched
from sluicegate.specs.artifacts.reference import (
    URI,
    Reference,
    beside,
    identity,
    last_part,
    may_be_beside,
)
from sluicegate.specs.buckets import SCORE_BOUNDS
from sluicegate.specs.names import DIMENSION, RELATIVE_PATH
from sluicegate.specs.yamlio import Document, InputError, parse

DTYPES = {
    "float32": "TYPE_FP32",
    "float64": "TYPE_FP64",
    "float16": "TYPE_FP16",
    "int64": "TYPE_INT64",
    "int32": "TYPE_INT32",
    "int16": "TYPE_INT16",
    "int8": "TYPE_INT8",
    "uint64": "TYPE_UINT64",
    "uint32": "TYPE_UINT32",
    "uint16": "TYPE_UINT16",
    "uint8": "TYPE_UINT8",
    "bool": "TYPE_BOOL",
    "string": "TYPE_STRING",
}
"""Each element type of a signature, and what Triton calls it (model_config.proto, DataType)."""

_MOST_COLUMNS = 10
_MOST_VALUES = 20
_MOST_FILES = 1_000
MAX_WHOLE = 2**31 - 1
_REMEDY = "correct model.yaml in a new pull request"


@dataclass(frozen=True)
class Tensor:
    """A declared input or output; a dimension is a whole number, or a name where it varies."""

    name: str
    dtype: str
    shape: tuple[int | str, ...]
    columns: tuple[str, ...] = ()
    """Names of the last dimension, in order; empty where it has none."""


@dataclass(frozen=True)
class Declared:
    """A model as its model.yaml declares it."""

    name: str
    version: int
    files: tuple[Reference, ...]
    """The ONNX file, then those of its external data."""
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    score_output: str | None
    score_reduce: str | None
    score_edges: tuple[float, ...]
    max_batch: int
    score_column: int | None = None
    columns: tuple[Watched, ...] = ()
    """Input columns that a gate watches."""

    @property
    def digest(self) -> str:
        """What the artifact is known by."""
        return identity(self.files)

    @property
    def external(self) -> tuple[tuple[str, Reference], ...]:
        """The files of external data, each with its path from the ONNX file's directory."""
        main, *others = self.files
        return tuple((beside(main.name, file.name) or "", file) for file in others)

    def columns_as_json(self) -> list[dict[str, Any]]:
        """The columns as server.json and `--columns` have them."""
        return [
            {
                "column": one.column,
                "input": one.input,
                "index": one.index,
                "edges": list(one.edges),
                "values": list(one.values),
            }
            for one in self.columns
        ]


class _Reader:
    """Takes values out of a document by their path; whatever it refuses is named with its line."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._data = document.value

    def refuse(self, at: Sequence[str | int], reason: str) -> NoReturn:
        problem = self._document.problem(tuple(at), reason, _REMEDY)
        raise ModelFileInvalid(problem.located, problem.remedy)

    def get(self, *at: str | int) -> Any:
        """The value at a path of mappings and lists; None where there is none."""
        value = self._data
        for part in at:
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int):
                value = value[part]
            else:
                return None
        return value

    def mapping(self, *at: str) -> None:
        if not isinstance(self.get(*at), dict):
            self.refuse(at, "must be a mapping")

    def text(self, *at: str | int, most: int = 255) -> str:
        value = self.get(*at)
        if not isinstance(value, str) or not 0 < len(value) <= most or not value.isprintable():
            self.refuse(at, f"must be text of 1 to {most} characters")
        return value

    def whole(self, *at: str | int, most: int = MAX_WHOLE) -> int:
        value = self.get(*at)
        if type(value) is not int or not 1 <= value <= most:
            self.refuse(at, f"must be a whole number from 1 to {most}")
        return value

    def tensors(self, side: str) -> tuple[Tensor, ...]:
        at = ("spec", "signature", side)
        items = self.get(*at)
        if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
            self.refuse(at, "must be a list of at least one tensor")
        tensors = tuple(self.tensor(*at, number) for number in range(len(items)))
        if len({tensor.name for tensor in tensors}) < len(tensors):
            self.refuse(at, "names one tensor twice")
        return tensors

    def tensor(self, *at: str | int) -> Tensor:
        dtype = self.text(*at, "dtype")
        if dtype not in DTYPES:
            self.refuse((*at, "dtype"), f"is {dtype!r}, none of {', '.join(DTYPES)}")
        shape = self.get(*at, "shape")
        if not isinstance(shape, list) or len(shape) > 16:
            self.refuse((*at, "shape"), "must be a list of at most 16 dimensions")
        for number, size in enumerate(shape):
            if type(size) is int:
                self.whole(*at, "shape", number)
            elif not isinstance(size, str) or not re.fullmatch(DIMENSION, size):
                self.refuse((*at, "shape", number), f"is {size!r}, neither a whole number nor a name")
        return Tensor(self.text(*at, "name", most=200), dtype, tuple(shape), self._columns(*at, "columns"))

    def _columns(self, *at: str | int) -> tuple[str, ...]:
        columns = self.get(*at)
        if columns is None:
            return ()
        if not isinstance(columns, list) or not all(isinstance(name, str) for name in columns):
            self.refuse(at, "must be a list of names")
        return tuple(columns)

    def edges(self, *at: str | int) -> tuple[float, ...]:
        edges = self.get(*at)
        numbers = isinstance(edges, list) and all(type(edge) in (int, float) for edge in edges)
        if not numbers or not 0 < len(edges) <= 200 or not all(math.isfinite(edge) for edge in edges):
            self.refuse(at, "must be 1 to 200 finite numbers")
        if sorted(set(edges)) != edges:
            self.refuse(at, "must rise from one number to the next")
        return tuple(float(edge) for edge in edges)


@dataclass(frozen=True)
class _Score:
    """What the score is: an output, how it becomes one number, and the bounds it is counted at."""

    output: str | None = None
    reduce: str | None = None
    edges: tuple[float, ...] = SCORE_BOUNDS
    column: int | None = None


def _score(reader: _Reader, outputs: tuple[Tensor, ...]) -> _Score:
    at = ("spec", "score")
    if reader.get(*at) is None:
        return _Score()
    reader.mapping(*at)
    output = reader.text(*at, "output", most=200)
    if output not in {tensor.name for tensor in outputs}:
        reader.refuse((*at, "output"), f"is {output!r}, none of the outputs")
    declared = reader.get(*at)
    reduce = declared.get("reduce", "none")
    if reduce not in ("none", "max"):
        reader.refuse((*at, "reduce"), f"is {reduce!r}, neither none nor max")
    edges = reader.edges(*at, "edges") if "edges" in declared else SCORE_BOUNDS
    column = _score_column(reader, declared)
    if column is not None and reduce == "max":
        reader.refuse((*at, "reduce"), "is max beside a column or a class, and one number is the score")
    return _Score(output, "max" if reduce == "max" else None, edges, column)


def _score_column(reader: _Reader, score: dict[str, Any]) -> int | None:
    """The number of a row that is the score: by its column, or by its class's place in `classes`."""
    at = ("spec", "score")
    column = score.get("column")
    name = score.get("class")
    if column is not None and name is not None:
        reader.refuse((*at, "class"), "stands beside a column, and one number is the score")
    if name is not None:
        classes = reader.get("spec", "classes")
        if not isinstance(classes, list) or name not in classes:
            reader.refuse((*at, "class"), f"is {name!r}, none of spec.classes")
        return classes.index(name)
    if column is not None and (type(column) is not int or column < 0):
        reader.refuse((*at, "column"), "must be a whole number from 0")
    return column


def _columns(reader: _Reader, inputs: tuple[Tensor, ...]) -> tuple[Watched, ...]:
    """The columns of the gate `input_drift`, where there is one."""
    at = ("spec", "rollout", "gates")
    gates = reader.get(*at)
    for number, gate in enumerate(gates if isinstance(gates, list) else []):
        if isinstance(gate, dict) and gate.get("metric") == "input_drift":
            own = (*at, number, "columns")
            declared = reader.get(*own)
            if not isinstance(declared, dict) or len(declared) > _MOST_COLUMNS:
                reader.refuse(own, f"must be a mapping of at most {_MOST_COLUMNS} columns")
            return tuple(_column(reader, inputs, *own, name) for name in declared)
    return ()


def _column(reader: _Reader, inputs: tuple[Tensor, ...], *at: str | int) -> Watched:
    name = str(at[-1])
    for tensor in inputs:
        if name in (tensor.columns or (tensor.name,)):
            index = tensor.columns.index(name) if tensor.columns else 0
            break
    else:
        reader.refuse(at, "names a column that no input has")
    edges = reader.edges(*at, "edges") if reader.get(*at, "edges") is not None else ()
    values = reader.get(*at, "values")
    if values is not None and (
        not isinstance(values, list)
        or not 0 < len(values) <= _MOST_VALUES
        or not all(type(value) in (int, str) for value in values)
    ):
        reader.refuse((*at, "values"), f"must be 1 to {_MOST_VALUES} words or whole numbers")
    if bool(edges) == bool(values):
        reader.refuse(at, "needs either edges or values")
    return Watched(name, tensor.name, index, edges, tuple(values or ()))


def _files(reader: _Reader) -> tuple[Reference, ...]:
    """The artifact's files, the ONNX file first."""
    at = ("spec", "artifact")
    listed = reader.get(*at, "files")
    if listed is None:
        return (_file(reader, *at),)
    if not isinstance(listed, list) or not 0 < len(listed) <= _MOST_FILES:
        reader.refuse((*at, "files"), f"must be a list of 1 to {_MOST_FILES} files")
    files = [_file(reader, *at, "files", number) for number in range(len(listed))]
    named = reader.get(*at, "main")
    main = next((file for file in files if named is None or file.name == named), None)
    if main is None:
        reader.refuse((*at, "main"), f"is {named!r}, none of the files")
    for number, file in enumerate(files):
        if file is not main and not may_be_beside(main.name, file.name):
            reader.refuse((*at, "files", number), f"{file.name!r} cannot be beside {main.name!r}")
    if len({file.name for file in files}) < len(files):
        reader.refuse((*at, "files"), "names one file twice")
    return (main, *(file for file in files if file is not main))


def _file(reader: _Reader, *at: str | int) -> Reference:
    """A file by its `path`, or by its `uri` and name."""
    uri = reader.get(*at, "uri")
    if uri is not None and not re.fullmatch(URI, reader.text(*at, "uri", most=2048)):
        reader.refuse((*at, "uri"), f"is {uri!r}, not an address")
    place = (*at, "path") if uri is None else (*at, "name")
    named = uri is None or reader.get(*place) is not None
    name = reader.text(*place) if named else last_part(uri)
    if not re.fullmatch(RELATIVE_PATH, name):
        reader.refuse(place, f"is {name!r}, not a plain path in the model's own directory")
    size = None if reader.get(*at, "size") is None else reader.whole(*at, "size", most=2**63 - 1)
    return Reference(name, reader.text(*at, "sha256", most=71), uri, size)


def _max_batch(reader: _Reader) -> int:
    at = ("spec", "serving")
    if reader.get(*at) is None:
        return 1
    reader.mapping(*at)
    if "max_batch" not in reader.get(*at):
        return 1
    return reader.whole(*at, "max_batch", most=65536)


def _parsed(text: bytes, where: str) -> Document:
    try:
        return parse(text, where).checked()
    except InputError as error:
        first = error.problems[0]
        raise ModelFileInvalid(first.located, first.remedy) from error


def read(text: bytes, where: str) -> Declared:
    """What a model.yaml declares; `where` is its address, for messages. Raises ModelFileInvalid."""
    reader = _Reader(_parsed(text, where))
    if reader.get("kind") != "Model" or reader.get("apiVersion") != "sluicegate.dev/v1":
        reader.refuse((), "is not a Model of sluicegate.dev/v1")
    for part in (("metadata",), ("spec",), ("spec", "artifact"), ("spec", "signature")):
        reader.mapping(*part)
    outputs = reader.tensors("outputs")
    score = _score(reader, outputs)
    inputs = reader.tensors("inputs")
    return Declared(
        name=reader.text("metadata", "name", most=63),
        version=reader.whole("spec", "version"),
        files=_files(reader),
        inputs=inputs,
        outputs=outputs,
        score_output=score.output,
        score_reduce=score.reduce,
        score_edges=score.edges,
        max_batch=_max_batch(reader),
        score_column=score.column,
        columns=_columns(reader, inputs),
    )
