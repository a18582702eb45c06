"""What a rule is given: what is known of the inputs of a node, and its attributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sluicegate.validators.onnx.bounds.intervals import UNKNOWN, Interval, Known, dimension

Attributes = Mapping[str, Any]
"""Numbers, lists of numbers and short texts, by name; what is not a constant of the node is left out."""
Rule = Callable[[Sequence[Known], Attributes], Known]


class WrongType(ValueError):
    """An attribute of another type than its operator takes; the text names it."""


def whole_number(attributes: Attributes, name: str, default: int) -> int:
    """An attribute that has to be one whole number. Raises WrongType."""
    value = attributes.get(name, default)
    if not isinstance(value, int):
        raise WrongType(f"the attribute {name} is no whole number")
    return value


def of_input(inputs: Sequence[Known], index: int) -> Known:
    """What is known of one input; nothing of one that is left out."""
    return inputs[index] if index < len(inputs) else UNKNOWN


def dimensions(inputs: Sequence[Known], index: int) -> tuple[Interval, ...] | None:
    """The numbers of an input, read as lengths of dimensions."""
    values = of_input(inputs, index).values
    return None if values is None else tuple(map(dimension, values))


def whole_numbers(inputs: Sequence[Known], index: int, attributes: Attributes, name: str) -> list[int] | None:
    """Whole numbers from an input, or as older opsets have them, from an attribute."""
    values = of_input(inputs, index).values
    if values is None:
        given = attributes.get(name)
        return given if isinstance(given, list) else None
    return [int(one.low) for one in values] if all(one.exact for one in values) else None
