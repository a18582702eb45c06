"""The binary tensor data extension: tensors as raw bytes behind the JSON, as `tritonclient` sends by default.

Source: Open Inference Protocol, "Binary Tensor Data Extension" (triton-inference-server/server,
docs/protocol/extension_binary_data.md). All numbers are little-endian.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sluicegate.onnx_server.extension import HEADER
from sluicegate.onnx_server.tensors import TensorSpec, bad

SIZE = "binary_data_size"
WANTED = "binary_data"
ALL_WANTED = "binary_data_output"
_LENGTH = 4
"""Bytes before each string of BYTES, which say how long it is."""


def split(body: bytes, header: str | None) -> tuple[bytes, memoryview]:
    """The JSON of a body, and the raw bytes behind it. Raises RequestError 400."""
    if header is None:
        return body, memoryview(b"")
    if not header.isascii() or not header.isdigit() or int(header) > len(body):
        bad("request", f"{HEADER} is {header[:40]!r}, and the body has {len(body)} bytes")
    return body[: int(header)], memoryview(body)[int(header) :]


class Raw:
    """The raw bytes of a request, taken input by input in the order of the JSON."""

    def __init__(self, data: memoryview) -> None:
        self._left = data

    def take(self, spec: TensorSpec, item: dict[str, Any], count: int) -> NDArray[Any] | None:
        """The array of an input that names raw bytes; None for one with JSON data. Raises RequestError."""
        size = (item.get("parameters") or {}).get(SIZE)
        if size is None:
            return None
        if type(size) is not int or not 0 <= size <= len(self._left):
            bad("data", f"input '{spec.name}': {SIZE} is {size!r}, and {len(self._left)} bytes are left")
        if "data" in item:
            bad("data", f"input '{spec.name}': there is data, and {SIZE} as well")
        raw = self._left[:size]
        self._left = self._left[size:]
        flat = _strings(spec, raw, count) if spec.datatype == "BYTES" else _numbers(spec, raw, count)
        return flat.reshape(item["shape"])

    def end(self) -> None:
        """Raises RequestError where bytes are left that no input names."""
        if len(self._left):
            bad("data", f"{len(self._left)} raw bytes are left that no input names")


def _numbers(spec: TensorSpec, raw: memoryview, count: int) -> NDArray[Any]:
    width = np.dtype(spec.dtype).itemsize
    if len(raw) != count * width:
        bad("data", f"input '{spec.name}': {len(raw)} bytes, and {count} values have {count * width}")
    if spec.datatype == "BOOL" and any(value > 1 for value in raw):
        bad("data", f"input '{spec.name}': a byte of BOOL is 0 or 1")
    array = np.frombuffer(raw, np.dtype(spec.dtype).newbyteorder("<")).astype(spec.dtype)
    if array.dtype.kind == "f" and np.isinf(array).any():
        bad("data", f"input '{spec.name}': data holds a number outside {spec.datatype}")
    return array


def _strings(spec: TensorSpec, raw: memoryview, count: int) -> NDArray[Any]:
    texts: list[str] = []
    at = 0
    while at < len(raw) and len(texts) <= count:
        end = at + _LENGTH + int.from_bytes(raw[at : at + _LENGTH], "little")
        if end > len(raw):
            bad("data", f"input '{spec.name}': a string is longer than its bytes")
        try:
            texts.append(str(raw[at + _LENGTH : end], "utf-8"))
        except UnicodeDecodeError:
            bad("data", f"input '{spec.name}': a string is not UTF-8")
        at = end
    if len(texts) != count:
        bad("data", f"input '{spec.name}': data holds {len(texts)} values, the shape has {count}")
    return np.array(texts, dtype=object)


def wanted(document: dict[str, Any], outputs: Sequence[str]) -> frozenset[str]:
    """The outputs that the client wants as raw bytes: each by its own word, or all."""
    everything = (document.get("parameters") or {}).get(ALL_WANTED, False)
    own = {
        item["name"]: (item.get("parameters") or {}).get(WANTED, everything)
        for item in document.get("outputs") or ()
    }
    return frozenset(name for name in outputs if own.get(name, everything) is True)


def raw_of(array: NDArray[Any]) -> bytes:
    """An output as raw bytes in row-major order."""
    if array.dtype.kind not in "OU":
        return array.astype(array.dtype.newbyteorder("<")).tobytes()
    texts = [str(text).encode() for text in array.ravel()]
    return b"".join(len(text).to_bytes(_LENGTH, "little") + text for text in texts)
