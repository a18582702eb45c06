"""Single values that several sections of the files have: their types, with what a problem says of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sluicegate.specs import names
from sluicegate.specs.durations import DURATION
from sluicegate.specs.names import anchored

Sha256 = Annotated[
    str,
    Field(pattern=anchored(names.SHA256), description='"sha256:" and 64 hexadecimal digits, in quotes'),
]
RelativePath = Annotated[
    str,
    Field(
        max_length=255,
        pattern=anchored(names.RELATIVE_PATH),
        description="a file in the model's own directory: no leading /, no .., no hidden name",
    ),
]
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
