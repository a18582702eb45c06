"""What the tests of all charts ask of a values.schema.json."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

Whole = tuple[list[str], list[str]]


@pytest.fixture
def whole_numbers() -> Callable[[Any], Whole]:
    """`whole_numbers(schema)`: where it takes an integer, and which of these lack a bound that Helm keeps."""

    def look(schema: Any, at: str = "") -> Whole:
        found: list[str] = []
        loose: list[str] = []
        if isinstance(schema, Mapping):
            kinds = schema.get("type", [])
            if "integer" in (kinds if isinstance(kinds, list) else [kinds]):
                found.append(at)
                if not {"minimum", "maximum"} <= schema.keys() or schema["maximum"] > 2**53:
                    loose.append(at)
            for key, inner in schema.items():
                more, less = look(inner, f"{at}/{key}")
                found += more
                loose += less
        return found, loose

    return look
