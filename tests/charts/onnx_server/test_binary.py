"""Raw tensors behind the JSON, byte by byte, as the extension of the protocol has them."""

import struct

import numpy as np
import pytest

from sluicegate.onnx_server.errors import RequestError
from sluicegate.onnx_server.protocol import InferRequest, read_request, write_response
from sluicegate.onnx_server.tensors import TensorSpec

X = TensorSpec("x", "FP32", np.float32, ("n", 2))
S = TensorSpec("s", "BYTES", np.object_, ("n",))
FLOATS = struct.pack("<4f", 1, 2, 3.5, float("nan"))
TEXTS = b"\x02\x00\x00\x00ja\x00\x00\x00\x00"


def item(name: str, datatype: str, shape: str, size: object) -> str:
    told = f'"parameters":{{"binary_data_size":{size}}}'
    return f'{{"name":"{name}","datatype":"{datatype}","shape":{shape},{told}}}'


def read(
    inputs: str, raw: bytes, *specs: TensorSpec, more: str = "", header: str | None = None
) -> InferRequest:
    text = f'{{"inputs":[{inputs}]{more}}}'.encode()
    return read_request(text + raw, {s.name: s for s in specs}, ["x"], header or str(len(text)))


def test_numbers_and_strings_in_the_order_of_the_json() -> None:
    inputs = f"{item('s', 'BYTES', '[2]', 10)},{item('x', 'FP32', '[2,2]', 16)}"
    request = read(inputs, TEXTS + FLOATS, X, S)
    assert request.feeds["s"].tolist() == ["ja", ""]
    np.testing.assert_array_equal(request.feeds["x"], np.array([[1, 2], [3.5, np.nan]], np.float32))


@pytest.mark.parametrize(
    ("inputs", "raw", "header", "message"),
    [
        (item("x", "FP32", "[2,2]", 16), FLOATS[:-1], None, "binary_data_size is 16, and 15 bytes are left"),
        (item("x", "FP32", "[2,2]", 12), FLOATS[:-4], None, "12 bytes, and 4 values have 16"),
        (item("x", "FP32", "[2,2]", 16), FLOATS + b"!", None, "1 raw bytes are left that no input names"),
        (item("x", "FP32", "[2,2]", '"16"'), FLOATS, None, "binary_data_size is '16'"),
        (item("x", "FP32", "[1,2]", 8), struct.pack("<2f", 1, float("inf")), None, "outside FP32"),
        (item("x", "FP32", "[2,2]", 16), FLOATS, "9999", "is '9999', and the body has"),
        (item("x", "FP32", "[2,2]", 16), FLOATS, "-1", "is '-1'"),
    ],
)
def test_what_does_not_add_up_is_refused(inputs, raw, header, message) -> None:
    with pytest.raises(RequestError, match=message) as refused:
        read(inputs, raw, X, header=header)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"\x09\x00\x00\x00ja", "a string is longer than its bytes"),
        (b"\x01\x00\x00\x00\xff", "a string is not UTF-8"),
        (TEXTS + TEXTS, "data holds 2 values|data holds 3 values"),
    ],
)
def test_strings_that_do_not_add_up_are_refused(raw, message) -> None:
    with pytest.raises(RequestError, match=message):
        read(item("s", "BYTES", "[1]", len(raw)), raw, S)


@pytest.mark.parametrize(
    "more",
    [
        ',"parameters":{"binary_data_output":true}',
        ',"outputs":[{"name":"x","parameters":{"binary_data":true}}]',
    ],
)
def test_outputs_go_back_as_they_are_wanted(more) -> None:
    request = read(item("x", "FP32", "[1,2]", 8), FLOATS[:8], X, more=more)
    content, size = write_response("m", "1", request, {"x": X}, [np.array([[1, 2]], np.float32)])
    assert size is not None
    assert content[size:] == FLOATS[:8]
    assert b'"parameters":{"binary_data_size":8}' in content[:size]


def test_without_a_word_outputs_are_json() -> None:
    request = read(item("x", "FP32", "[1,2]", 8), FLOATS[:8], X)
    content, size = write_response("m", "1", request, {"x": X}, [np.array([[1, 2]], np.float32)])
    assert size is None
    assert b'"data":[1.0,2.0]' in content
