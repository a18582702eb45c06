"""Structs in Thrift's compact protocol, which parquet writes its footer and page headers in.

Only what is asked for is kept; the rest is stepped over, so a field that nobody reads costs its bytes alone.
Format: thrift/doc/specs/thrift-compact-protocol.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
MAX_DEPTH = 32
"""How deep structs and lists nest; parquet's own nest 6 deep."""
MAX_VARINT = 10
"""Bytes of a number of 64 bits, of which each has seven."""
MAX_ITEMS = 1_000_000
"""Fields and items that are read of one struct together."""

Wanted = dict[int, Any]
"""By a field's id what is kept of it: True for its number, a `Wanted` for a struct, `[Wanted]` for many."""


class ThriftError(ValueError):
    """These bytes are not a struct that can be read."""


@dataclass
class Reader:
    """A place in some bytes."""

    data: bytes
    at: int = 0
    items: int = MAX_ITEMS

    def struct(self, wanted: Wanted, depth: int = 0) -> dict[int, Any]:
        """The fields that are wanted, by id. Raises ThriftError."""
        if depth > MAX_DEPTH:
            raise ThriftError("nests deep")
        found: dict[int, Any] = {}
        field = 0
        while header := self._byte():
            step, kind = header >> 4, header & 0x0F
            field = field + step if step else self._signed()
            keep = wanted.get(field)
            value = self._value(kind, keep, depth, in_list=False)
            if keep is not None:
                if not _fits(value, keep):
                    raise ThriftError("has a field of another kind than the format says")
                found[field] = value
        return found

    def _value(self, kind: int, keep: Any, depth: int, *, in_list: bool) -> Any:
        self.items -= 1
        if self.items < 0:
            raise ThriftError(f"has more than {MAX_ITEMS:,} fields")
        if kind == STRUCT:
            return self.struct(keep if isinstance(keep, dict) else {}, depth + 1)
        if kind in (LIST, SET):
            return self._list(keep, depth + 1)
        if kind == MAP:
            return self._map(depth + 1)
        return self._single(kind, in_list=in_list)

    def _single(self, kind: int, *, in_list: bool) -> Any:
        if kind in (TRUE, FALSE):
            return self._byte() == TRUE if in_list else kind == TRUE
        if kind in (I16, I32, I64):
            return self._signed()
        if kind in (BYTE, DOUBLE, BINARY):
            return self._bytes({BYTE: 1, DOUBLE: 8}.get(kind) or self._unsigned())
        raise ThriftError(f"has a field of type {kind}")

    def _list(self, keep: Any, depth: int) -> list[Any]:
        if depth > MAX_DEPTH:
            raise ThriftError("nests deep")
        header = self._byte()
        count, kind = header >> 4, header & 0x0F
        if count == 0x0F:
            count = self._unsigned()
        if count > len(self.data) - self.at:
            raise ThriftError(f"has a list of {count:,} items, more than its bytes")
        of_each = keep[0] if isinstance(keep, list) else None
        values = (self._value(kind, of_each, depth, in_list=True) for _ in range(count))
        if keep is None:
            for _ in values:
                pass
            return []
        return list(values)

    def _map(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise ThriftError("nests deep")
        count = self._unsigned()
        if not count:
            return
        kinds = self._byte()
        if count > len(self.data) - self.at:
            raise ThriftError(f"has a map of {count:,} items, more than its bytes")
        for _ in range(count):
            self._value(kinds >> 4, None, depth, in_list=True)
            self._value(kinds & 0x0F, None, depth, in_list=True)

    def _byte(self) -> int:
        return self._bytes(1)[0]

    def _bytes(self, count: int) -> bytes:
        end = self.at + count
        if end > len(self.data):
            raise ThriftError("ends early")
        found = self.data[self.at : end]
        self.at = end
        return found

    def _unsigned(self) -> int:
        value = 0
        for place in range(MAX_VARINT):
            byte = self._byte()
            value |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                return value
        raise ThriftError("has a number longer than 64 bits")

    def _signed(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)


def _fits(value: Any, keep: Any) -> bool:
    """Whether a value is of the kind that is wanted."""
    if isinstance(keep, list):
        return isinstance(value, list) and all(isinstance(one, dict) for one in value)
    return isinstance(value, int if keep is True else dict)
