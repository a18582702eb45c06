"""Series as Prometheus' HTTP API has them, each with its own moments; read without any other package."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Points:
    """One series: its name, labels, and value by moment, in seconds since the epoch."""

    name: str
    labels: Mapping[str, str]
    values: dict[float, float]


def render(points: Iterable[Points]) -> bytes:
    """The answer to a range query that holds these series."""
    result = [
        {
            "metric": dict(one.labels) | {"__name__": one.name},
            "values": [[at, f"{value:.17g}"] for at, value in one.values.items()],
        }
        for one in points
    ]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}).encode()
