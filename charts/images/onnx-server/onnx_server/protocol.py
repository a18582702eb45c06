"""Requests and responses of the Open Inference Protocol v2 (REST), read and written without a copy too many.

Source: Open Inference Protocol, "REST" (kserve/open-inference-protocol, specification/protocol).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from sluicegate.onnx_server.binary import SIZE, Raw, raw_of, split, wanted
from sluicegate.onnx_server.errors import RequestError
from sluicegate.onnx_server.tensors import TensorSpec, bad, check_shape, to_array

_OBJECT_OR_NONE = (dict, type(None))
"""Clients send null for an optional field that is not set."""


@dataclass(frozen=True, slots=True)
class InferRequest:
    """A validated request: arrays by input name, the requested outputs in their order, the client's id."""

    feeds: dict[str, NDArray[Any]]
    outputs: list[str]
    id: str | None
    raw: frozenset[str] = frozenset()
    """Outputs that go back as raw bytes."""


def _named_objects(document: dict[str, Any], key: str) -> list[dict[str, Any]]:
    items = document[key]
    if type(items) is not list:
        bad("request", f"'{key}' must be a list")
    for item in items:
        if type(item) is not dict or type(item.get("name")) is not str:
            bad("request", f"each of '{key}' must be an object with a 'name'")
        if type(item.get("parameters")) not in _OBJECT_OR_NONE:
            bad("request", f"'parameters' of '{item['name']}' must be an object")
    return items


def _feeds(document: dict[str, Any], inputs: Mapping[str, TensorSpec], raw: Raw) -> dict[str, NDArray[Any]]:
    if "inputs" not in document:
        bad("request", "'inputs' is missing")
    feeds: dict[str, NDArray[Any]] = {}
    sizes: dict[str, int] = {}
    for item in _named_objects(document, "inputs"):
        name = item["name"]
        spec = inputs.get(name)
        if spec is None:
            bad("unknown_input", f"unknown input '{name}'; this model has {', '.join(inputs)}")
        if name in feeds:
            bad("request", f"input '{name}' is given twice")
        if item.get("datatype") != spec.datatype:
            bad("datatype", f"input '{name}': datatype {item.get('datatype')!r}, not {spec.datatype}")
        count = check_shape(spec, item.get("shape"), sizes)
        array = raw.take(spec, item, count)
        feeds[name] = to_array(spec, item.get("data"), item["shape"], count) if array is None else array
    raw.end()
    if len(feeds) != len(inputs):
        bad("missing_input", f"missing input {', '.join(name for name in inputs if name not in feeds)}")
    return feeds


def read_request(
    body: bytes, inputs: Mapping[str, TensorSpec], outputs: Sequence[str], json_bytes: str | None = None
) -> InferRequest:
    """Read and check a whole request; a bare NaN or Infinity is not JSON, and 400 like any other fault.

    `json_bytes` is the header that says where the raw bytes of tensors begin; see `binary`.

    Raises RequestError with status 400 and a reason.
    """
    text, behind = split(body, json_bytes)
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RequestError(400, "json", f"the body is not JSON: {error}") from None
    if type(document) is not dict:
        bad("request", "the body must be a JSON object")
    request_id = document.get("id")
    if request_id is not None and type(request_id) is not str:
        bad("request", "'id' must be a string")
    if type(document.get("parameters")) not in _OBJECT_OR_NONE:
        bad("request", "'parameters' must be an object")
    requested = list(outputs)
    if document.get("outputs"):
        requested = [item["name"] for item in _named_objects(document, "outputs")]
        for name in requested:
            if name not in outputs:
                bad("unknown_output", f"unknown output '{name}'; this model has {', '.join(outputs)}")
        if len(set(requested)) != len(requested):
            bad("request", "an output is requested twice")
    raw = wanted(document, requested)
    return InferRequest(_feeds(document, inputs, Raw(behind)), requested, request_id, raw)


def write_response(
    name: str,
    version: str,
    request: InferRequest,
    specs: Mapping[str, TensorSpec],
    arrays: list[NDArray[Any]],
) -> tuple[bytes, int | None]:
    """The response's bytes: each output flat in row-major order; how many are JSON, where others follow.

    Raises RequestError 500 `non_finite_output` if any output holds NaN or an infinity.
    """
    outputs: list[dict[str, Any]] = []
    behind: list[bytes] = []
    for output, array in zip(request.outputs, arrays, strict=True):
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise RequestError(500, "non_finite_output", f"output '{output}' is not finite for this input")
        shown = {"name": output, "datatype": specs[output].datatype, "shape": array.shape}
        if output in request.raw:
            behind.append(raw_of(array))
            outputs.append({**shown, "parameters": {SIZE: len(behind[-1])}})
        else:
            outputs.append({**shown, "data": array.ravel().tolist()})
    document: dict[str, Any] = {"model_name": name, "model_version": version, "outputs": outputs}
    if request.id is not None:
        document["id"] = request.id
    text = orjson.dumps(document)
    return (text, None) if not behind else (b"".join((text, *behind)), len(text))
