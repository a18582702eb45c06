"""Frozen dataclasses to plain JSON values and back, strictly: what is unknown or missing is refused.

Moments are ISO 8601 with their offset, durations seconds. JSON has no infinity: null stands for an infinite
number, which comes back as the field's default.
"""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from sluicegate.specs.errors import SluiceError

T = TypeVar("T")


class PlainError(SluiceError):
    """A value that does not have the declared type; the message names its place."""


def dump(value: object) -> Any:
    """Turn a value of dataclasses, tuples, mappings and scalars into JSON values. Raises PlainError."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _dump_field(field, getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): dump(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [dump(item) for item in value]
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise PlainError(f"the moment {value.isoformat()} has no offset; say which time zone it is in")
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, float) and not math.isfinite(value):
        raise PlainError(f"{value} is no JSON number; only a field whose default it is may hold it")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise PlainError(
        f"{type(value).__name__} has no plain form; use dataclasses, tuples, mappings and scalars"
    )


def load(kind: type[T], data: object) -> T:
    """Read JSON values as `kind`, the inverse of `dump`. Raises PlainError naming the first fault."""
    value: T = _load(kind, data, kind.__name__)
    return value


def _dump_field(field: Field[Any], value: object) -> Any:
    if isinstance(value, float) and math.isinf(value) and value == field.default:
        return None
    return dump(value)


def _load(kind: Any, data: Any, at: str) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        options = [option for option in get_args(kind) if option is not type(None)]
        return None if data is None else _load(options[0], data, at)
    if origin is Literal:
        return _require(data, data in get_args(kind), at, kind)
    if origin is tuple:
        _require(data, isinstance(data, list), at, "a list")
        return tuple(_load(get_args(kind)[0], item, f"{at}[{i}]") for i, item in enumerate(data))
    if origin is Mapping:
        _require(data, isinstance(data, dict), at, "an object")
        return {key: _load(get_args(kind)[1], item, f"{at}.{key}") for key, item in data.items()}
    return _load_dataclass(kind, data, at) if is_dataclass(kind) else _load_scalar(kind, data, at)


def _load_dataclass(kind: Any, data: Any, at: str) -> Any:
    _require(data, isinstance(data, dict), at, "an object")
    hints = get_type_hints(kind)
    known = {field.name: field for field in fields(kind)}
    if unknown := sorted(set(data) - set(known)):
        raise PlainError(f"{at} has no field {unknown[0]!r}; remove it")
    values = {}
    for name, field in known.items():
        # What was added later is missing in older records, which stay good.
        if name not in data and field.metadata.get("later"):
            continue
        if name not in data:
            raise PlainError(f"{at} lacks {name!r}; add it")
        infinite = isinstance(field.default, float) and math.isinf(field.default)
        null = data[name] is None and field.default is not MISSING and infinite
        values[name] = field.default if null else _load(hints[name], data[name], f"{at}.{name}")
    return kind(**values)


def _load_scalar(kind: Any, data: Any, at: str) -> Any:
    number = isinstance(data, int | float) and not isinstance(data, bool)
    if kind is datetime:
        return _moment(data, at)
    if kind is timedelta:
        return timedelta(seconds=_require(data, number, at, "a number of seconds"))
    if kind is float:
        return float(_require(data, number and math.isfinite(data), at, "a number"))
    if kind is int:
        return _require(data, number and isinstance(data, int), at, "a whole number")
    return _require(data, isinstance(data, kind), at, kind.__name__)


def _moment(data: Any, at: str) -> datetime:
    try:
        moment = datetime.fromisoformat(_require(data, isinstance(data, str), at, "a moment"))
    except ValueError:
        raise PlainError(f"{at} is {data!r}, not an ISO 8601 moment; write one with its offset") from None
    return _require(moment, moment.tzinfo is not None, at, "a moment with its offset")


def _require(data: T, holds: bool, at: str, wanted: object) -> T:
    if not holds:
        raise PlainError(f"{at} is {data!r}; write {wanted}")
    return data
