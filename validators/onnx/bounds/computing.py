"""Operators that compute numbers of which something is known: shapes, mostly, on their way."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import accumulate

from sluicegate.validators.onnx.bounds.given import Attributes, Rule, of_input
from sluicegate.validators.onnx.bounds.intervals import (
    ANY,
    UNKNOWN,
    Interval,
    Known,
    arithmetic,
    exactly,
    of_values,
    plus,
)
from sluicegate.validators.onnx.bounds.moving import elementwise

_PAIR = 2


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
        if one is None or other is None or not one or not other or len(inputs) != _PAIR:
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


def of_each(operation: Callable[[float], float]) -> Rule:
    """The rule of an operator that makes a number of each, for those that are exactly known."""

    def rule(inputs: Sequence[Known], _attributes: Attributes) -> Known:
        one = of_input(inputs, 0)
        if one.values is None:
            return Known(one.shape)
        return Known(one.shape, tuple(_made(operation, value) for value in one.values))

    return rule


def _made(operation: Callable[[float], float], value: Interval) -> Interval:
    try:
        return exactly(operation(value.low)) if value.exact else ANY
    except (ArithmeticError, ValueError):
        return ANY


def shifted(inputs: Sequence[Known], attributes: Attributes) -> Known:
    """BitShift: times or through a power of two."""
    left = attributes.get("direction") == "LEFT"
    operation = computed(lambda one, by: one * 2.0**by if left else one // 2.0**by)
    return operation(inputs, attributes)


def summed(inputs: Sequence[Known], attributes: Attributes) -> Known:
    """CumSum of a list: what came before, and itself; of any other tensor nothing but the shape."""
    one = of_input(inputs, 0)
    if one.values is None or one.shape is None or len(one.shape) != 1:
        return Known(one.shape)
    values = one.values[::-1] if attributes.get("reverse") else one.values
    sums = list(accumulate(values, plus))
    if attributes.get("exclusive"):
        sums = [exactly(0), *sums[:-1]]
    return Known(one.shape, tuple(sums[::-1] if attributes.get("reverse") else sums))
