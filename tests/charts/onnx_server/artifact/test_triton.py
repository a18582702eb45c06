"""config.pbtxt, read back by a reader of its own."""

import re
from dataclasses import replace

import pytest

from sluicegate.onnx_server.artifact.declared import Declared, Tensor
from sluicegate.onnx_server.artifact.triton import TritonOptions, config
from sluicegate.specs.artifacts.reference import Reference

MODEL = Declared(
    name="m",
    version=7,
    files=(Reference("model.onnx", "sha256:" + "0" * 64),),
    inputs=(Tensor("a", "float32", ("batch", 12)), Tensor("b", "string", ("batch", "length"))),
    outputs=(Tensor("y", "int64", ("batch",)),),
    score_output=None,
    score_reduce=None,
    score_edges=(),
    max_batch=64,
)
TOKEN = re.compile(r'"(?:[^"\\]|\\[0-7]{3})*"|[\[\]{}:,]|[^\s\[\]{}:,"]+')


def parsed(text: str) -> dict:
    """Protobuf's text format as nested lists: each field's values in their order."""
    tokens = TOKEN.findall(text)

    def value():
        token = tokens.pop(0)
        if token == "{":
            return message("}")
        if token == "[":
            found = []
            while tokens[0] != "]":
                found.append(value())
                if tokens[0] == ",":
                    tokens.pop(0)
            tokens.pop(0)
            return found
        if token.startswith('"'):
            return re.sub(rb"\\([0-7]{3})", lambda m: bytes([int(m[1], 8)]), token[1:-1].encode()).decode()
        return int(token) if re.fullmatch(r"-?\d+", token) else token

    def message(end):
        fields: dict = {}
        while tokens and tokens[0] != end:
            name = tokens.pop(0)
            if tokens[0] == ":":
                tokens.pop(0)
            found = value()
            fields.setdefault(name, []).extend(found if isinstance(found, list) else [found])
        if tokens:
            tokens.pop(0)
        return fields

    return message("")


def test_a_model_whose_rows_can_share_a_run_is_batched():
    found = parsed(config(MODEL, TritonOptions(instances=2, kind="gpu", queue_delay_us=500)))
    assert found == {
        "name": ["m"],
        "platform": ["onnxruntime_onnx"],
        "backend": ["onnxruntime"],
        "max_batch_size": [64],
        "input": [
            {"name": ["a"], "data_type": ["TYPE_FP32"], "dims": [12]},
            {"name": ["b"], "data_type": ["TYPE_STRING"], "dims": [-1]},
        ],
        "output": [{"name": ["y"], "data_type": ["TYPE_INT64"], "dims": [1], "reshape": [{"shape": []}]}],
        "version_policy": [{"specific": [{"versions": [7]}]}],
        "instance_group": [{"count": [2], "kind": ["KIND_GPU"]}],
        "dynamic_batching": [{"max_queue_delay_microseconds": [500]}],
    }


@pytest.mark.parametrize("shape", [(), (1, 12), ("rows", 12)])
def test_a_model_without_a_common_first_dimension_is_not(shape):
    model = replace(MODEL, inputs=(Tensor("a", "bool", shape),))
    found = parsed(config(model, TritonOptions()))
    assert found["max_batch_size"] == [0]
    assert "dynamic_batching" not in found
    dims = [size if isinstance(size, int) else -1 for size in shape] or [1]
    assert found["input"][0]["dims"] == dims
    assert "reshape" not in found["input"][0], "Triton refuses an empty reshape where there is no batch"
    assert found["output"][0]["dims"] == [-1]


def test_one_row_at_a_time_is_no_dynamic_batching():
    found = parsed(config(replace(MODEL, max_batch=1), TritonOptions()))
    assert found["max_batch_size"] == [1]
    assert "dynamic_batching" not in found


def test_what_bounds_a_gpus_memory():
    options = TritonOptions(gpu_mem_limit=2**31, arena_extend_strategy="same-as-requested")
    assert parsed(config(MODEL, options))["parameters"] == [
        {"key": ["gpu_mem_limit"], "value": [{"string_value": [str(2**31)]}]},
        {"key": ["arena_extend_strategy"], "value": [{"string_value": ["1"]}]},
    ]


def test_a_hostile_name_stays_a_name():
    name = 'x" } ] max_batch_size: 9 \\ é\n'
    found = parsed(config(replace(MODEL, inputs=(Tensor(name, "int8", ("batch", 1)),)), TritonOptions()))
    assert found["input"][0]["name"] == [name]
    assert found["max_batch_size"] == [64]


FIXED = replace(MODEL, inputs=(Tensor("a", "float32", ("batch", 12)), Tensor("b", "string", ("batch",))))
ZEROS = [
    {"key": ["a"], "value": [{"data_type": ["TYPE_FP32"], "dims": [12], "zero_data": ["true"]}]},
    {"key": ["b"], "value": [{"data_type": ["TYPE_STRING"], "dims": [1], "zero_data": ["true"]}]},
]


def test_one_row_and_a_full_batch_are_run_before_it_is_ready():
    assert parsed(config(FIXED, TritonOptions(warmup=10)))["model_warmup"] == [
        {"name": [f"batch {size}"], "batch_size": [size], "count": [10], "inputs": ZEROS} for size in (1, 64)
    ]


@pytest.mark.parametrize(("max_batch", "sizes"), [(1, [1]), (65536, [1, 256])])
def test_a_warm_batch_is_no_larger_than_it_must_be(max_batch, sizes):
    found = parsed(config(replace(FIXED, max_batch=max_batch), TritonOptions(warmup=1)))["model_warmup"]
    assert [one["batch_size"] for one in found] == [[size] for size in sizes]


def test_without_a_batch_one_run_is_of_the_whole_shape():
    model = replace(MODEL, inputs=(Tensor("a", "int64", (2, 3)),))
    (found,) = parsed(config(model, TritonOptions(warmup=1)))["model_warmup"]
    assert (found["batch_size"], found["inputs"][0]["value"][0]["dims"]) == ([1], [2, 3])


def test_where_no_length_is_known_to_be_right_there_is_no_warm_up():
    assert "model_warmup" not in parsed(config(MODEL, TritonOptions(warmup=10)))
    assert "model_warmup" not in parsed(config(FIXED, TritonOptions(warmup=0)))
