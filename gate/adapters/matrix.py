"""Answers of Prometheus' HTTP API, and series at common moments made of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import orjson

from sluicegate.gate.adapters.points import Points
from sluicegate.gate.adapters.samples import NoData, Row, Series

MOST_SERIES = 200_000
"""In one answer."""


def parse(body: bytes) -> list[Points]:
    """The series of an instant vector or a matrix. Raises NoData for anything but a whole answer."""
    try:
        answer = orjson.loads(body)
    except ValueError as error:
        raise NoData("did not answer with JSON", "see whether the address is a Prometheus") from error
    if not isinstance(answer, dict):
        raise NoData("did not answer the query: the answer is not an object")
    if answer.get("status") != "success":
        reason = str(answer.get("error", ""))[:300] or "no status success"
        raise NoData(f"did not answer the query: {reason}")
    if answer.get("warnings"):
        raise NoData(f"answered in part only: {str(answer['warnings'])[:300]}")
    data = answer.get("data")
    kind = data.get("resultType") if isinstance(data, dict) else None
    result = data.get("result") if isinstance(data, dict) else None
    if kind not in ("vector", "matrix") or not isinstance(result, list):
        raise NoData("did not answer with a vector or a matrix")
    if len(result) > MOST_SERIES:
        raise NoData(f"answered with {len(result):,} series, more than {MOST_SERIES:,}")
    return [_points(item, kind) for item in result]


def _points(item: Any, kind: str) -> Points:
    try:
        labels = {str(key): str(text) for key, text in item["metric"].items()}
        pairs = [item["value"]] if kind == "vector" else item["values"]
        values = {float(moment): float(value) for moment, value in pairs}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NoData("answered with a series that has no value") from error
    return Points(labels.pop("__name__", ""), labels, values)


def at_moments(points: Iterable[Points], moments: Sequence[float]) -> list[Series]:
    """The series at these moments alone."""
    index = {moment: number for number, moment in enumerate(moments)}
    return [Series(one.name, one.labels, _row(one, index)) for one in points]


def _row(points: Points, index: dict[float, int]) -> Row:
    row = np.full(len(index), np.nan)
    for moment, value in points.values.items():
        number = index.get(moment)
        if number is not None:
            # Absent is not the same as a value that is not a number, which no counter can be.
            row[number] = np.inf if value != value else value  # noqa: PLR0124  # true for NaN alone
    return row
