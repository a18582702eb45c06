"""Single values that several sections of the files have: their types, with what a problem says of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sluicegate.specs.durations import DURATION
from sluicegate.specs.names import anchored

Text = Annotated[str, Field(min_length=1, max_length=1000)]
DType = Literal[
    "float32",
    "float64",
    "float16",
    "int64",
    "int32",
    "int16",
    "int8",
    "uint64",
    "uint32",
    "uint16",
    "uint8",
    "bool",
    "string",
]
ClassName = str | int | float | bool
"""A class, or another category, as its column holds it."""
Duration = Annotated[
    str, Field(pattern=anchored(DURATION), description="a number and a unit: 90s, 15m, 24h or 7d")
]
