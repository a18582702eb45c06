"""Operators that compute numbers of which something is known: shapes, mostly, on their way."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from sluicegate.validators.onnx.bounds.given import Attributes, Rule, of_input
from sluicegate.validators.onnx.bounds.intervals import (
    UNKNOWN,
    Interval,
    Known,
    arithmetic,
    exactly,
    of_values,
)
from sluicegate.validators.onnx.bounds.moving import elementwise


def divide(one: float, other: float) -> float:
    """Their quotient; of whole numbers the whole part, towards nought."""
    if isinstance(one, int) and isinstance(other, int):
        return int(one / other) if abs(one) < 1 << 53 else one // other
    return one / other


def power(one: float, other: float) -> float:
    """One to the power of the other; unknown for a power that is large."""
    return float(one) ** other if abs(other) < 1_000 else math.nan


def multiply(one: float, other: float) -> float:
    """Their product; nought times anything is nought."""
    return 0 if 0 in (one, other) else one * other


def computed(operation: Callable[[float, float], float]) -> Rule:
    """The rule of an operator that computes one number of two."""

    def rule(inputs: Sequence[Known], attributes: Attributes) -> Known:
        shape = elementwise(inputs, attributes).shape
        one, other = of_input(inputs, 0).values, of_input(inputs, 1).values
        if one is None or other is None or not one or not other:
            return Known(shape)
        length = max(len(one), len(other))
        if {len(one), len(other)} - {1, length}:
            return Known(shape)
        pairs = zip(one * (length // len(one)), other * (length // len(other)), strict=True)
        return Known(shape, tuple(arithmetic(operation, *pair) for pair in pairs))

    return rule


def reduced(fold: Callable[[Interval, Interval], Interval], start: int) -> Rule:
    """The rule of an operator that folds a list of numbers into one."""

    def rule(inputs: Sequence[Known], attributes: Attributes) -> Known:
        values = of_input(inputs, 0).values
        shape = of_input(inputs, 0).shape
        if values is None or shape is None or len(shape) > 1:
            return UNKNOWN
        total = exactly(start)
        for value in values:
            total = fold(total, value)
        return of_values([total], scalar=not attributes.get("keepdims", 1))

    return rule
