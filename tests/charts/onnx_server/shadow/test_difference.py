"""Two answers, as their servers wrote them, and how they differ."""

from __future__ import annotations

import json
from math import inf

import pytest

from sluicegate.onnx_server.shadow.difference import (
    REASONS,
    Difference,
    Unreadable,
    difference,
    read_outputs,
)


def answer(*outputs: dict, **more) -> bytes:
    return json.dumps({"model_name": "m", "outputs": outputs, **more}).encode()


def tensor(data, shape=None, name="y", datatype="FP32") -> dict:
    return {"name": name, "datatype": datatype, "shape": shape or [len(data)], "data": data}


def between(stable: bytes, canary: bytes, status: int | None = 200) -> Difference:
    return difference(read_outputs(stable), status, canary)


def test_equal_answers_of_two_versions_do_not_differ():
    stable = answer(
        tensor([0.5, 2]), tensor(["a"], name="label", datatype="BYTES"), model_version="1", id="7"
    )
    canary = answer(tensor(["a"], name="label", datatype="BYTES"), tensor([0.5, 2]), model_version="2")
    assert between(stable, canary) == Difference(0.0, 0.0, None)


def test_nested_data_is_the_same_as_flat():
    assert (
        between(answer(tensor([1, 2, 3, 4], [2, 2])), answer(tensor([[1, 2], [3, 4]], [2, 2]))).absolute == 0
    )


def test_numbers_differ_by_the_largest_gap_of_all_outputs():
    stable = answer(tensor([1.0, 10.0]), tensor([100], name="z", datatype="INT64"))
    found = between(stable, answer(tensor([1.25, 10.0]), tensor([104], name="z", datatype="INT64")))
    assert found == Difference(4, pytest.approx(0.2), None)


def test_a_difference_relative_to_nothing_is_a_whole_one():
    assert between(answer(tensor([0.0])), answer(tensor([1e-9]))) == Difference(1e-9, 1.0, None)


def test_whole_numbers_are_compared_exactly():
    large = 2**53
    found = between(answer(tensor([large], datatype="INT64")), answer(tensor([large + 1], datatype="INT64")))
    assert found.absolute == 1


@pytest.mark.parametrize(
    ("canary", "reason"),
    [
        (answer(tensor([1.0], name="other")), "outputs"),
        (answer(tensor([1.0]), tensor([1.0], name="more")), "outputs"),
        (answer(tensor([1.0], datatype="FP64")), "datatype"),
        (answer(tensor([1.0], shape=[1, 1])), "shape"),
        (answer(tensor([1.0, 2.0], shape=[1])), "shape"),
        (answer(tensor([None])), "value"),
        (answer(tensor(["1.0"])), "value"),
        (answer(tensor([True])), "value"),
        (answer(), "answer"),
        (b'{"outputs": 3}', "answer"),
        (b'{"error": "no"}', "answer"),
        (b"NaN", "answer"),
        (b"[" * 100_000, "answer"),
    ],
)
def test_what_is_no_number_makes_a_pair_different_at_any_limit(canary: bytes, reason: str):
    assert between(answer(tensor([1.0])), canary) == Difference(inf, inf, reason)
    assert reason in REASONS


@pytest.mark.parametrize("status", [None, 199, 300, 404, 500, 503])
def test_no_answer_with_2xx_is_different_though_its_body_is_equal(status):
    same = answer(tensor([1.0]))
    assert between(same, same, status) == Difference(inf, inf, "answer")


@pytest.mark.parametrize(("datatype", "one", "other"), [("BYTES", "a", "b"), ("BOOL", True, False)])
def test_values_that_are_no_numbers_are_equal_or_not(datatype: str, one: object, other: object):
    stable = answer(tensor([one], datatype=datatype))
    assert between(stable, stable) == Difference()
    assert between(stable, answer(tensor([other], datatype=datatype))).reason == "value"


def test_no_number_where_stable_has_none_is_equal():
    assert between(answer(tensor([None, 1.0])), answer(tensor([None, 1.5]))) == Difference(
        0.5, pytest.approx(1 / 3)
    )


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"outputs": []}', b'{"outputs": [{"name": "y"}]}', b'{"outputs": {"a": 1}}', b"\xff"],
)
def test_what_is_no_answer_of_the_protocol_is_unreadable(body: bytes):
    with pytest.raises(Unreadable):
        read_outputs(body)
