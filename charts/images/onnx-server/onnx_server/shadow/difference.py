"""How two answers of the Open Inference Protocol differ: by how much, or by what else than numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from math import inf
from typing import Any

import orjson

REASONS = ("answer", "outputs", "datatype", "shape", "value")
"""What makes a pair different at any limit: no usable answer of the canary (not 2xx, too late, broken or
unreadable), or output names, a datatype, a shape or a non-numeric value that differ."""

_NUMBERS = frozenset({int, float, type(None)})


class Unreadable(Exception):
    """An answer is not one of the protocol with its data as JSON."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The largest difference of two numbers in a pair of answers; infinite for what else differs."""

    absolute: float = 0.0
    relative: float = 0.0
    """As a share of the larger of both numbers' sizes."""
    reason: str | None = None
    """Of `REASONS`, where the pair is different whatever the limit."""

    @classmethod
    def beyond_numbers(cls, reason: str) -> Difference:
        """A pair that is different whatever the limit."""
        return cls(inf, inf, reason)


@dataclass(frozen=True, slots=True)
class _Tensor:
    datatype: Any
    shape: Any
    data: list[Any]


Outputs = Mapping[str, _Tensor]
"""By name."""


def read_outputs(body: bytes) -> Outputs:
    """The outputs of an answer. Raises Unreadable."""
    try:
        outputs = {one["name"]: _tensor(one) for one in orjson.loads(body)["outputs"]}
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Unreadable(str(error)) from error
    if not outputs:
        raise Unreadable("it has no output")
    return outputs


def _tensor(output: Any) -> _Tensor:
    data = output["data"]
    if not isinstance(data, list):
        raise TypeError("data is not a list")
    while data and isinstance(data[0], list):
        data = list(chain.from_iterable(data))
    return _Tensor(output["datatype"], output["shape"], data)


def difference(expected: Outputs, status: int | None, body: bytes) -> Difference:
    """How the canary's answer differs from stable's; its `status` is None where it gave none at all.

    The order of outputs, the model's version and the request's id are no part of what is compared.
    """
    if status is None or not 200 <= status < 300:
        return Difference.beyond_numbers("answer")
    try:
        answered = read_outputs(body)
    except Unreadable:
        return Difference.beyond_numbers("answer")
    if expected.keys() != answered.keys():
        return Difference.beyond_numbers("outputs")
    found = Difference()
    for name, tensor in expected.items():
        one = _between(tensor, answered[name])
        if one.reason is not None:
            return one
        found = Difference(max(found.absolute, one.absolute), max(found.relative, one.relative))
    return found


def _between(expected: _Tensor, answered: _Tensor) -> Difference:
    if expected.datatype != answered.datatype:
        return Difference.beyond_numbers("datatype")
    if expected.shape != answered.shape or len(expected.data) != len(answered.data):
        return Difference.beyond_numbers("shape")
    types = {*map(type, expected.data), *map(type, answered.data)}
    if expected.data == answered.data and bool not in types:
        return Difference()
    if not types <= _NUMBERS:
        equal = expected.data == answered.data and len(types) == 1
        return Difference() if equal else Difference.beyond_numbers("value")
    return _between_numbers(expected.data, answered.data)


def _between_numbers(expected: list[Any], answered: list[Any]) -> Difference:
    """Element by element; where one has no number (JSON has no NaN, so null), the other must have none."""
    absolute = 0.0
    relative = 0.0
    for one, other in zip(expected, answered, strict=True):
        if one == other:
            continue
        if one is None or other is None:
            return Difference.beyond_numbers("value")
        gap = abs(one - other)
        absolute = max(absolute, gap)
        relative = max(relative, gap / max(abs(one), abs(other)))
    return Difference(absolute, relative)
