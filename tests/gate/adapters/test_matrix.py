import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluicegate.gate.adapters.matrix import at_moments, parse
from sluicegate.gate.adapters.points import Points
from sluicegate.gate.adapters.samples import NoData


def answer(kind: str, *result: object) -> bytes:
    return json.dumps({"status": "success", "data": {"resultType": kind, "result": result}}).encode()


def test_a_vector_and_a_matrix_are_series_with_one_moment_or_several():
    labels = {"__name__": "up", "job": "a"}
    assert parse(answer("vector", {"metric": labels, "value": [5.5, "1"]})) == [
        Points("up", {"job": "a"}, {5.5: 1.0})
    ]
    (found,) = parse(answer("matrix", {"metric": {}, "values": [[1, "2"], [2, "+Inf"]]}))
    assert found == Points("", {}, {1.0: 2.0, 2.0: float("inf")})


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<html>", "did not answer with JSON"),
        (b"[" * 100_000, "did not answer with JSON"),
        (b"[1]", "is not an object"),
        (b'{"status": "error", "error": "timed out"}', "timed out"),
        (b'{"status": "success", "warnings": ["a store is down"]}', "in part only"),
        (answer("scalar", 1), "a vector or a matrix"),
        (answer("vector", {}), "has no value"),
        (answer("vector", {"metric": {}, "value": [1, "many"]}), "has no value"),
        (answer("matrix", {"metric": [], "values": []}), "has no value"),
    ],
)
def test_anything_but_a_whole_answer_is_no_data(body: bytes, why: str):
    with pytest.raises(NoData, match=why):
        parse(body)


@given(st.binary(max_size=100))
def test_no_bytes_end_the_gate(body: bytes):
    with pytest.raises(NoData):
        parse(body)


def test_at_common_moments_absent_is_not_the_same_as_not_a_number():
    (found,) = at_moments([Points("a", {}, {1.0: 5.0, 2.0: float("nan"), 9.0: 7.0})], [1.0, 2.0, 3.0])
    assert found.values[0] == 5 and np.isinf(found.values[1]) and np.isnan(found.values[2])
