"""Frozen dataclasses to JSON values and back, strictly: an unknown or missing key is refused.

The key of a field is its name, or the `key` of its metadata: a field that gets a better name keeps the key
that recorded files have. A field whose metadata says `later` was added after the first records and may be
missing; one that says `optional` is left out where it has its default. Moments are ISO 8601 with their
offset, durations seconds. JSON has no infinity: null means an infinite number, which is read as the field's
default.
"""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import Field, fields, is_dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from sluicegate.specs.errors import SluiceError

T = TypeVar("T")


class SerializationError(SluiceError):
    """A value that does not have the declared type; the message names where it is."""


def dump(value: object) -> Any:
    """Turn dataclasses, tuples, mappings and scalars into JSON values. Raises SerializationError."""
    if is_dataclass(value) and not isinstance(value, type):
        kept = ((field, getattr(value, field.name)) for field in fields(value))
        return {_key(field): _dump_field(field, it) for field, it in kept if not _left_out(field, it)}
    if isinstance(value, Mapping):
        return {str(key): dump(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [dump(item) for item in value]
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise SerializationError(f"the moment {value.isoformat()} has no offset", "add its time zone")
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, float) and not math.isfinite(value):
        raise SerializationError(
            f"{value} is not a JSON number", "use it only in a field that has it as its default"
        )
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise SerializationError(
        f"{type(value).__name__} cannot be serialised", "use dataclasses, tuples, mappings and scalars"
    )


def load(kind: type[T], data: object) -> T:
    """Read JSON values as `kind`, the inverse of `dump`. Raises SerializationError naming the first fault."""
    value: T = _load(kind, data, kind.__name__)
    return value


def _key(field: Field[Any]) -> str:
    key: str = field.metadata.get("key", field.name)
    return key


def _left_out(field: Field[Any], value: object) -> bool:
    return bool(field.metadata.get("optional")) and value == field.default


def _infinite_default(field: Field[Any]) -> bool:
    return isinstance(field.default, float) and math.isinf(field.default)


def _dump_field(field: Field[Any], value: object) -> Any:
    if _infinite_default(field) and value == field.default:
        return None
    return dump(value)


def _load(kind: Any, data: Any, at: str) -> Any:
    origin, arguments = _parts(kind)
    if origin is None:
        return _load_dataclass(kind, data, at) if is_dataclass(kind) else _load_scalar(kind, data, at)
    if origin is Union:
        return None if data is None else _load(arguments[0], data, at)
    if origin is Literal:
        return _require(data, data in arguments, at, kind)
    if origin is tuple:
        _require(data, isinstance(data, list), at, "a list")
        return tuple(_load(arguments[0], item, f"{at}[{i}]") for i, item in enumerate(data))
    _require(data, isinstance(data, dict), at, "an object")
    return {key: _load(arguments[1], item, f"{at}.{key}") for key, item in data.items()}


@cache
def _parts(kind: Any) -> tuple[Any, tuple[Any, ...]]:
    """Of a generic type its origin and arguments, of `T | None` Union and T; found once for each type.

    A replay reads thousands of records of the same few.
    """
    origin = get_origin(kind)
    arguments = get_args(kind)
    if origin in (Union, types.UnionType):
        return Union, tuple(one for one in arguments if one is not type(None))
    return origin, arguments


def _load_dataclass(kind: Any, data: Any, at: str) -> Any:
    _require(data, isinstance(data, dict), at, "an object")
    known = _fields(kind)
    if not data.keys() <= known.keys():
        raise SerializationError(f"{at} has no field {min(data.keys() - known.keys())!r}", "remove it")
    values = {}
    for key, (field, hint) in known.items():
        if key not in data and (field.metadata.get("later") or field.metadata.get("optional")):
            continue
        if key not in data:
            raise SerializationError(f"{at} lacks {key!r}", "add it")
        if data[key] is None and _infinite_default(field):
            values[field.name] = field.default
        else:
            values[field.name] = _load(hint, data[key], f"{at}.{key}")
    return kind(**values)


@cache
def _fields(kind: Any) -> Mapping[str, tuple[Field[Any], Any]]:
    """By key: each field of a dataclass, and its type."""
    hints = get_type_hints(kind)
    return {_key(field): (field, hints[field.name]) for field in fields(kind)}


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
        raise SerializationError(
            f"{at} is {data!r}, not an ISO 8601 moment", "write one with its offset"
        ) from None
    return _require(moment, moment.tzinfo is not None, at, "a moment with its offset")


def _require(data: T, holds: bool, at: str, expected: object) -> T:
    if not holds:
        raise SerializationError(f"{at} is {data!r}", f"write {expected}")
    return data
