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
from collections.abc import Callable, Mapping
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
    kind: Any = type(value)
    write: _Writer = _writer(kind)
    return write(value)


def load(kind: type[T], data: object) -> T:
    """Read JSON values as `kind`, the inverse of `dump`. Raises SerializationError naming the first fault."""
    declared: Any = kind
    try:
        value: T = _reader(declared)(data)
    except _Misfit as misfit:
        where = "".join([kind.__name__, *reversed(misfit.path)])
        raise SerializationError(f"{where} {misfit.problem}", misfit.remedy) from None
    return value


def _key(field: Field[Any]) -> str:
    key: str = field.metadata.get("key", field.name)
    return key


def _infinite_default(field: Field[Any]) -> bool:
    return isinstance(field.default, float) and math.isinf(field.default)


_PLAIN = frozenset({int, str, bool, types.NoneType})
"""Classes whose values are JSON values as they are: most of a record, so no writer is called for them."""
_Writer = Callable[[Any], Any]
"""Makes JSON values of a value of one class. Raises SerializationError."""


@cache
def _writer(kind: type) -> _Writer:
    """What writes values of this class: made once, for a record has thousands of values of a few classes."""
    if is_dataclass(kind):
        return _dataclass_writer(kind)
    if issubclass(kind, Mapping):
        return lambda value: {str(key): dump(item) for key, item in value.items()}
    if issubclass(kind, tuple | list):
        return lambda value: [item if type(item) in _PLAIN else dump(item) for item in value]
    for base, write in ((datetime, _write_moment), (timedelta, timedelta.total_seconds)):
        if issubclass(kind, base):
            return write
    if issubclass(kind, float):
        return _write_float
    if issubclass(kind, bool | int | str | types.NoneType):
        return lambda value: value
    raise SerializationError(
        f"{kind.__name__} cannot be serialised", "use dataclasses, tuples, mappings and scalars"
    )


def _dataclass_writer(kind: type) -> _Writer:
    written = [(field.name, _key(field), *_left_out(field)) for field in fields(kind)]

    def write(value: Any) -> Any:
        data = {}
        for name, key, may_be_left_out, infinite, default in written:
            item = getattr(value, name)
            if may_be_left_out and item == default:
                continue
            if type(item) in _PLAIN:
                data[key] = item
            else:
                data[key] = None if infinite and item == default else dump(item)
        return data

    return write


def _left_out(field: Field[Any]) -> tuple[bool, bool, Any]:
    """Whether it may be left out, whether its default is an infinite number, and that default."""
    return bool(field.metadata.get("optional")), _infinite_default(field), field.default


def _write_moment(value: datetime) -> str:
    if value.tzinfo is None:
        raise SerializationError(f"the moment {value.isoformat()} has no offset", "add its time zone")
    return value.isoformat()


def _write_float(value: float) -> float:
    if not math.isfinite(value):
        raise SerializationError(
            f"{value} is not a JSON number", "use it only in a field that has it as its default"
        )
    return value


class _Misfit(Exception):
    """A value without the declared type; `path` is put together on the way out, where it is needed."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.path: list[str] = []
        """The keys and numbers that lead to it, from the innermost outwards."""


def _unlike(data: object, expected: object) -> _Misfit:
    return _Misfit(f"is {data!r}", f"write {expected}")


_Reader = Callable[[Any], Any]
"""Makes a value of one type from JSON values. Raises _Misfit."""


@cache
def _reader(kind: Any) -> _Reader:
    """What reads this type: made once, for a replay reads thousands of records of the same few types."""
    origin = get_origin(kind)
    arguments = get_args(kind)
    if origin in (Union, types.UnionType):
        (present,) = (one for one in arguments if one is not type(None))
        return _optional(_reader(present))
    if origin is Literal:
        return _one_of(kind, arguments)
    if origin is tuple:
        return _tuple_of(_reader(arguments[0]))
    if origin is not None:
        return _mapping_of(_reader(arguments[1]))
    return _dataclass(kind) if is_dataclass(kind) else _scalar(kind)


def _optional(reader: _Reader) -> _Reader:
    def read(data: Any) -> Any:
        return None if data is None else reader(data)

    return read


def _one_of(kind: Any, values: tuple[Any, ...]) -> _Reader:
    def read(data: Any) -> Any:
        if data not in values:
            raise _unlike(data, kind)
        return data

    return read


def _tuple_of(reader: _Reader) -> _Reader:
    def read(data: Any) -> tuple[Any, ...]:
        if not isinstance(data, list):
            raise _unlike(data, "a list")
        items: list[Any] = []
        try:
            for item in data:
                items.append(reader(item))
        except _Misfit as misfit:
            misfit.path.append(f"[{len(items)}]")
            raise
        return tuple(items)

    return read


def _mapping_of(reader: _Reader) -> _Reader:
    def read(data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise _unlike(data, "an object")
        key = ""
        items = {}
        try:
            for key, item in data.items():
                items[key] = reader(item)
        except _Misfit as misfit:
            misfit.path.append(f".{key}")
            raise
        return items

    return read


def _dataclass(kind: Any) -> _Reader:
    hints = get_type_hints(kind)
    readers = [(_key(field), field.name, _field(field, hints[field.name])) for field in fields(kind)]
    known = {key for key, _, _ in readers}
    needed = [_key(field) for field in fields(kind) if not _may_be_missing(field)]

    def read(data: Any) -> Any:
        if not isinstance(data, dict):
            raise _unlike(data, "an object")
        if not data.keys() <= known:
            raise _Misfit(f"has no field {min(data.keys() - known)!r}", "remove it")
        for key in needed:
            if key not in data:
                raise _Misfit(f"lacks {key!r}", "add it")
        key = ""
        values = {}
        try:
            for key, name, reader in readers:
                if key in data:
                    values[name] = reader(data[key])
        except _Misfit as misfit:
            misfit.path.append(f".{key}")
            raise
        return kind(**values)

    return read


def _may_be_missing(field: Field[Any]) -> bool:
    return bool(field.metadata.get("later") or field.metadata.get("optional"))


def _field(field: Field[Any], hint: Any) -> _Reader:
    """The reader of a field: null is the default where that is infinite."""
    reader = _reader(hint)
    if not _infinite_default(field):
        return reader

    def read(data: Any) -> Any:
        return field.default if data is None else reader(data)

    return read


def _scalar(kind: Any) -> _Reader:
    special = {datetime: _moment, timedelta: _duration, float: _float, int: _whole}.get(kind)
    if special is not None:
        return special

    def read(data: Any) -> Any:
        if not isinstance(data, kind):
            raise _unlike(data, kind.__name__)
        return data

    return read


def _is_number(data: Any) -> bool:
    return isinstance(data, int | float) and not isinstance(data, bool)


def _whole(data: Any) -> int:
    if type(data) is not int:
        raise _unlike(data, "a whole number")
    return data


def _float(data: Any) -> float:
    try:
        value = float(data) if _is_number(data) else math.nan
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise _unlike(data, "a number")
    return value


def _duration(data: Any) -> timedelta:
    try:
        return timedelta(seconds=_float(data))
    except OverflowError:
        raise _unlike(data, "a number of seconds") from None


def _moment(data: Any) -> datetime:
    if not isinstance(data, str):
        raise _unlike(data, "a moment")
    try:
        moment = datetime.fromisoformat(data)
    except ValueError:
        raise _Misfit(f"is {data!r}, not an ISO 8601 moment", "write one with its offset") from None
    if moment.tzinfo is None:
        raise _unlike(data, "a moment with its offset")
    return moment
