"""The few facts of a model.yaml that serving needs, each checked as if an enemy had written it."""

import math
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from sluicegate.onnx_server.artifact import plainyaml
from sluicegate.onnx_server.errors import ModelFileInvalid

DTYPES = {
    "float32": "TYPE_FP32",
    "float64": "TYPE_FP64",
    "float16": "TYPE_FP16",
    "int64": "TYPE_INT64",
    "int32": "TYPE_INT32",
    "int16": "TYPE_INT16",
    "int8": "TYPE_INT8",
    "uint8": "TYPE_UINT8",
    "bool": "TYPE_BOOL",
    "string": "TYPE_STRING",
}
"""Each element type of a signature, and what Triton calls it (model_config.proto, DataType)."""

PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
"""A file in the model's own directory: no leading /, no .., no hidden name, no address."""
SCORE_EDGES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""What model.yaml means where it gives none; the gate compares the same edges."""
_DIMENSION = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Tensor:
    """A declared input or output; a dimension is a whole number, or a name where it varies."""

    name: str
    dtype: str
    shape: tuple[int | str, ...]


@dataclass(frozen=True)
class Declared:
    """A model as its model.yaml declares it."""

    name: str
    version: int
    path: str
    digest: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    score_output: str | None
    score_reduce: str | None
    score_edges: tuple[float, ...]
    max_batch: int


class _Reader:
    """Takes values out of plain data by their path, and names that path in every refusal."""

    def __init__(self, where: str) -> None:
        self.where = where

    def refuse(self, at: str, reason: str) -> NoReturn:
        raise ModelFileInvalid(f"{self.where}: {at} {reason}; correct model.yaml in a new pull request")

    def mapping(self, parent: Any, key: str, at: str, *, required: bool = True) -> dict[str, Any]:
        value = parent.get(key)
        if value is None and not required:
            return {}
        if not isinstance(value, dict):
            self.refuse(at, "must be a mapping")
        return value

    def text(self, parent: Any, key: str, at: str, most: int = 255) -> str:
        value = parent.get(key)
        if not isinstance(value, str) or not 0 < len(value) <= most or not value.isprintable():
            self.refuse(at, f"must be text of 1 to {most} characters")
        return value

    def whole(self, value: Any, at: str, most: int) -> int:
        if type(value) is not int or not 1 <= value <= most:
            self.refuse(at, f"must be a whole number from 1 to {most}")
        return value

    def tensors(self, signature: dict[str, Any], key: str) -> tuple[Tensor, ...]:
        at = f"spec.signature.{key}"
        items = signature.get(key)
        if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
            self.refuse(at, "must be a list of at least one tensor")
        found = tuple(self.tensor(item, f"{at}[{place}]") for place, item in enumerate(items))
        if len({tensor.name for tensor in found}) < len(found):
            self.refuse(at, "names one tensor twice")
        return found

    def tensor(self, item: dict[str, Any], at: str) -> Tensor:
        dtype = self.text(item, "dtype", f"{at}.dtype")
        if dtype not in DTYPES:
            self.refuse(f"{at}.dtype", f"is {dtype!r}, none of {', '.join(DTYPES)}")
        shape = item.get("shape")
        if not isinstance(shape, list) or len(shape) > 16:
            self.refuse(f"{at}.shape", "must be a list of at most 16 dimensions")
        for size in shape:
            if type(size) is int:
                self.whole(size, f"{at}.shape", 2**31 - 1)
            elif not isinstance(size, str) or not _DIMENSION.fullmatch(size):
                self.refuse(f"{at}.shape", f"has {size!r}, neither a whole number nor a name")
        return Tensor(self.text(item, "name", f"{at}.name", 200), dtype, tuple(shape))

    def edges(self, score: dict[str, Any]) -> tuple[float, ...]:
        edges = score.get("edges", list(SCORE_EDGES))
        numbers = (
            isinstance(edges, list) and 0 < len(edges) <= 200 and all(type(e) in (int, float) for e in edges)
        )
        if not numbers or not all(math.isfinite(edge) for edge in edges) or sorted(set(edges)) != edges:
            self.refuse("spec.score.edges", "must be 1 to 200 finite numbers that rise")
        return tuple(float(edge) for edge in edges)


def read(text: bytes, where: str) -> Declared:
    """What a model.yaml declares; `where` is its address, for messages. Raises ModelFileInvalid."""
    root = plainyaml.read(text, where)
    reader = _Reader(where)
    if (
        not isinstance(root, dict)
        or root.get("kind") != "Model"
        or root.get("apiVersion") != "sluicegate.dev/v1"
    ):
        reader.refuse("it", "is no Model of sluicegate.dev/v1")
    spec = reader.mapping(root, "spec", "spec")
    artifact = reader.mapping(spec, "artifact", "spec.artifact")
    path = reader.text(artifact, "path", "spec.artifact.path")
    if not PATH.fullmatch(path):
        reader.refuse(
            "spec.artifact.path", f"is {path!r}, which is no plain path in the model's own directory"
        )
    signature = reader.mapping(spec, "signature", "spec.signature")
    score = reader.mapping(spec, "score", "spec.score", required=False)
    serving = reader.mapping(spec, "serving", "spec.serving", required=False)
    outputs = reader.tensors(signature, "outputs")
    output = reader.text(score, "output", "spec.score.output", 200) if score else None
    if output is not None and output not in {tensor.name for tensor in outputs}:
        reader.refuse("spec.score.output", f"is {output!r}, none of the outputs")
    reduce = score.get("reduce", "none")
    if reduce not in ("none", "max"):
        reader.refuse("spec.score.reduce", f"is {reduce!r}, neither none nor max")
    return Declared(
        reader.text(reader.mapping(root, "metadata", "metadata"), "name", "metadata.name", 63),
        reader.whole(spec.get("version"), "spec.version", 2**31 - 1),
        path,
        reader.text(artifact, "sha256", "spec.artifact.sha256", 71),
        reader.tensors(signature, "inputs"),
        outputs,
        output,
        None if reduce == "none" else reduce,
        reader.edges(score),
        reader.whole(serving.get("max_batch", 1), "spec.serving.max_batch", 65536),
    )
