"""From the bytes of a file to ONNX's messages, in one walk. Numbers and weights stay where they lie.

Encoding: protobuf.dev/programming-guides/encoding. A parser of protobuf keeps what it does not know, lets the
last of two values win, and takes a tag in more bytes than it needs; each of these is a place to hide
something in, and so is a fault here. What no parser could read raises WireError.
"""

from __future__ import annotations

import gc
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from mmap import mmap
from typing import Any, NamedTuple

from sluicegate.specs.errors import SluiceError
from sluicegate.validators.onnx.wire.fields import BYTES, DOUBLE, FIELDS, FLOAT, INT, TEXT, Field
from sluicegate.validators.onnx.wire.messages import Model, Run, Span

Buffer = bytes | mmap
MAX_NESTING = 100
"""How deep messages may nest: where protobuf's own parsers stop."""
MAX_FIELDS = 1_000_000
"""Fields that are read one by one; numbers and weights are not among them. Each takes one to three us."""
MAX_TEXT = 1 << 20
"""Bytes of one text field."""
MAX_FAULTS = 1_000
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_WIRE = {INT: _VARINT, FLOAT: _FIXED32, DOUBLE: _FIXED64}
_ALL_BITS = (1 << 64) - 1
_VALUE = {
    INT: rb"[\x80-\xff]{0,9}[\x00-\x7f]",
    FLOAT: rb".{4}",
    DOUBLE: rb".{8}",
    BYTES: b"(?:" + b"|".join(re.escape(bytes([n])) + b".{%d}" % n for n in range(64)) + b")",
}
"""One value behind its tag; of bytes only short ones."""


class WireError(SluiceError):
    """Bytes that are no readable protobuf."""


class Known(NamedTuple):
    """What a tag stands for in a message."""

    field: Field
    wire: int
    packed: bool
    nested: bool
    """Whether its value is a message."""
    several: re.Pattern[bytes] | None
    """More values of the same field, each behind the same tag, where they are left in the file."""
    opening: int
    """Bytes before the value that a run takes: the tag, and a length of one byte."""


def decode(buffer: Buffer) -> tuple[Model, tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The model; the faults of its encoding; and its texts, each once with the field that first has it.

    Raises WireError.
    """
    walk = _Walk(buffer)
    collecting = gc.isenabled()
    gc.disable()  # nothing here refers in circles, and each look for some would go over every message so far
    try:
        model = walk.message(Model, 0, len(buffer), 0)
    except (IndexError, struct.error):
        raise WireError("it ends in the middle of a field", "export the model again") from None
    finally:
        if collecting:
            gc.enable()
    faults = tuple(f"{name} {times} times" if times > 1 else name for name, times in walk.faults.items())
    return model, faults, tuple((where, text) for text, where in walk.texts.items())


class _Walk:
    def __init__(self, buffer: Buffer) -> None:
        self.buffer = buffer
        self.faults: dict[str, int] = {}
        self.texts: dict[str, str] = {}
        self.left = MAX_FIELDS

    def message(self, kind: type, at: int, end: int, depth: int) -> Any:
        """The message of this kind in these bytes."""
        if depth > MAX_NESTING:
            raise WireError(f"its messages nest more than {MAX_NESTING} deep", "flatten its graphs and types")
        message = kind()
        if at == end:
            return message
        seen: set[str] = set()
        for known, opened, start, stop, tagged in fields(self.buffer, kind, at, end, self._fault):
            self.left -= 1
            if self.left < 0:
                raise WireError(f"it has more than {MAX_FIELDS:,} fields", "export a smaller graph")
            field = known.field
            if field.run:
                run = Run(Span(opened if tagged else start, stop), tagged)
                _add(message, field.name, run)
                continue
            if known.packed:
                for number in self._packed(start, stop):
                    _add(message, field.name, number)
                continue
            if known.nested:
                value = self.message(field.kind, start, stop, depth + 1)
            else:
                value = self._value(message, field, start, stop)
            if field.repeated:
                _add(message, field.name, value)
                continue
            if field.name in seen:
                self._fault(f"{kind.__name__}.{field.name} is there twice")
            seen.add(field.name)
            setattr(message, field.name, value)
        return message

    def _value(self, message: Any, field: Field, start: int, end: int) -> Any:
        kind = field.kind
        if kind == TEXT:
            return self._text(f"{type(message).__name__}.{field.name}", start, end)
        if kind == INT:
            return _signed(varint(self.buffer, start)[0])
        if kind == BYTES:
            return Span(start, end)
        return struct.unpack("<f", self.buffer[start:end])[0]

    def _text(self, where: str, start: int, end: int) -> str:
        if end - start > MAX_TEXT:
            self._fault(f"{where} has {end - start:,} bytes, more than {MAX_TEXT:,},")
            end = start + MAX_TEXT
        data = self.buffer[start:end]
        try:
            text = data.decode()
        except UnicodeDecodeError:
            self._fault(f"{where} is not text in UTF-8")
            text = data.decode("utf-8", "replace")
        self.texts.setdefault(text, where)
        return text

    def _packed(self, at: int, end: int) -> list[int]:
        numbers = []
        while at < end:
            number, at = varint(self.buffer, at)
            numbers.append(_signed(number))
            self.left -= 1
        return numbers

    def _fault(self, words: str) -> None:
        if words in self.faults or len(self.faults) < MAX_FAULTS:
            self.faults[words] = self.faults.get(words, 0) + 1


def _add(message: Any, name: str, value: Any) -> None:
    """Add to a repeated field, which is an empty tuple until then: most fields of most messages are empty."""
    held = getattr(message, name)
    if held:
        held.append(value)
    else:
        setattr(message, name, [value])


def fields(
    buffer: Buffer, kind: type, at: int, end: int, fault: Callable[[str], None]
) -> Iterator[tuple[Known, int, int, int, bool]]:
    """The fields of a message that the format has, in their order; a run of numbers or of short texts is one.

    Of each: what it is, where its tag is, where its value begins and ends, and whether it is a run of values
    each behind its tag, from the first tag on. A plain tuple: there may be a million.

    What the format does not have is a `fault`. Raises WireError, and IndexError beyond the buffer's end.
    """
    tags = _TAGS[kind]
    while at < end:
        opened = at
        tag = buffer[at]
        at += 1
        if tag > 0x7F:
            tag, at = varint(buffer, opened)
            if at - opened > (tag.bit_length() + 6) // 7:
                fault(f"a tag of {kind.__name__} takes more bytes than it needs")
        known = tags.get(tag)
        if tag & 7 == _LENGTH and (size := buffer[at]) < 0x80:
            start = at + 1
            at = start + size
        else:
            start, at = _extent(buffer, tag & 7, at)
        if at > end or tag < 8:
            where = kind.__name__ if known is None else f"{kind.__name__}.{known.field.name}"
            raise WireError(f"{where} has a field longer than what holds it", "export the model again")
        if known is None:
            fault(_unknown(kind, tag))
            continue
        tagged = known.several is not None and start - opened == known.opening
        if tagged and known.several is not None and (more := known.several.match(buffer, at, end)):
            at = more.end()
        yield known, opened, start, at, tagged


def _extent(buffer: Buffer, wire: int, at: int) -> tuple[int, int]:
    """Where a field's value begins, behind its length if it has one, and where it ends."""
    if wire == _LENGTH:
        size = buffer[at]
        at += 1
        if size > 0x7F:
            size, at = varint(buffer, at - 1)
        return at, at + size
    if wire == _VARINT:
        return at, varint(buffer, at)[1]
    if wire in (_FIXED32, _FIXED64):
        return at, at + (4 if wire == _FIXED32 else 8)
    raise WireError("it has a field of no kind that there is", "export the model again")


def varint(buffer: Buffer, at: int) -> tuple[int, int]:
    """An unsigned number and where it ends. Raises WireError, and IndexError beyond the buffer's end."""
    number = shift = 0
    while True:
        byte = buffer[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number & _ALL_BITS, at
        shift += 7
        if shift > 63:
            raise WireError("it has a number of more than ten bytes", "export the model again")


def _unknown(kind: type, tag: int) -> str:
    known = FIELDS[kind].get(tag >> 3)
    if known is not None:
        return f"{kind.__name__}.{known.name} is encoded as another kind of field"
    return f"unknown field {tag >> 3} of {kind.__name__}"


def _signed(number: int) -> int:
    """A varint as the signed number of 64 bits that it encodes."""
    return number - (1 << 64) if number >> 63 else number


def _tags(kind: type) -> Mapping[int, Known]:
    """Every tag of a message that the format allows; numbers may be packed or not."""
    tags = {}
    for number, field in FIELDS[kind].items():
        wire = _WIRE.get(field.kind, _LENGTH)
        tag = number << 3 | wire
        several = None
        if field.run:
            several = re.compile(b"(?:" + re.escape(bytes([tag])) + _VALUE[field.kind] + b")++", re.DOTALL)
        opening = 2 if wire == _LENGTH else 1
        nested = field.kind in FIELDS
        tags[tag] = Known(field, wire, packed=False, nested=nested, several=several, opening=opening)
        if field.repeated and wire != _LENGTH:
            tags[number << 3 | _LENGTH] = Known(
                field, _LENGTH, packed=True, nested=False, several=None, opening=0
            )
    return tags


_TAGS: Mapping[type, Mapping[int, Known]] = {kind: _tags(kind) for kind in FIELDS}
