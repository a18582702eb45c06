"""Whether an .npy or .npz holds numbers and text alone: an array of objects is a pickle within.

Read without numpy, from the arrays' headers. Format: numpy.lib.format (versions 1 to 3), and zip.
"""

from __future__ import annotations

import ast
import math
import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

MAGIC = b"\x93NUMPY"
ZIP = b"PK\x03\x04"
SUFFIXES = frozenset({".npy", ".npz"})
MAX_HEADER = 10_000
"""Bytes of one array's header, which numpy reads no longer than this either."""
MAX_ARRAYS = 1_000
MAX_NESTED = 1_000
"""Brackets and signs of a header: a parser's stack ends at some depth, and with it the process."""
_SIZED = re.compile(r"[|<>=]?([a-zA-Z])([0-9]{1,12})(?:\[[a-z0-9]*\])?")
"""A type's letter and its bytes, of text its characters (numpy's array interface)."""
_OBJECT = re.compile(r"[|<>=]?O[0-9]*")


def numpy_fault(path: Path) -> str | None:
    """What the file is, when that is refused, in words; None for arrays without objects."""
    try:
        with path.open("rb") as stream:
            if path.suffix.lower() == ".npy":
                return _array_fault(stream)
            if stream.read(len(ZIP)) != ZIP:
                return "not an archive of numpy's"
        return _archive_fault(path)
    except (OSError, ValueError, SyntaxError, TypeError, LookupError, RecursionError, MemoryError) as problem:
        return f"not a file of numpy's ({type(problem).__name__})"
    except (EOFError, struct.error, zlib.error):
        return "not a file of numpy's (it ends early, or cannot be unpacked)"
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as problem:
        return f"not an archive of numpy's ({problem})"


def decoded_size(path: Path) -> int:
    """Bytes of all arrays of a file that `numpy_fault` allows, once they are unpacked."""
    if path.suffix.lower() == ".npy":
        with path.open("rb") as stream:
            return _bytes_of(_header(stream))
    with zipfile.ZipFile(path) as archive:
        total = 0
        for member in archive.infolist():
            with archive.open(member) as stream:
                total += max(member.file_size, _bytes_of(_header(stream)))
        return total


def _bytes_of(header: Any) -> int:
    return int(math.prod(header["shape"])) * _width(header["descr"])


def _width(kind: Any) -> int:
    """Bytes of one value of a type; of a record's, those of its fields."""
    if isinstance(kind, str):
        match = _SIZED.fullmatch(kind)
        return 1 if match is None else int(match[2]) * (4 if match[1] == "U" else 1)
    if isinstance(kind, list):
        return sum(_width(field[1]) * math.prod(field[2] if len(field) > 2 else ()) for field in kind)
    return _width(kind[0])


def _archive_fault(path: Path) -> str | None:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > MAX_ARRAYS:
            return f"an archive of {len(members):,} files, more than {MAX_ARRAYS:,}"
        for member in members:
            if member.filename.startswith("/") or ".." in re.split(r"[/\\]", member.filename):
                return f"an archive that unpacks to {member.filename[:80]!r}, outside of its folder"
            if not member.filename.endswith(".npy"):
                return f"an archive that holds {member.filename[:80]!r}, which is not an array"
            with archive.open(member) as stream:
                fault = _array_fault(stream)
            if fault is not None:
                return f"{fault}, in {member.filename[:80]!r}"
    return None


def _array_fault(stream: IO[bytes]) -> str | None:
    """What is wrong with one array, by its header."""
    header = _header(stream)
    if isinstance(header, str):
        return header
    if _has_objects(header["descr"]):
        return "an array of objects, which are a pickle and run code when they are read"
    if not _is_shape(header.get("shape")) or _bytes_of(header) < 0:
        return "not an array of numpy's"
    return None


def _header(stream: IO[bytes]) -> Any:
    """The header of an array, a dictionary with `descr`; what is wrong with it, in words, as a text."""
    start = stream.read(len(MAGIC) + 2)
    if start[: len(MAGIC)] != MAGIC or start[-2] not in (1, 2, 3):
        return "not an array of numpy's"
    form = "<H" if start[-2] == 1 else "<I"
    (length,) = struct.unpack(form, stream.read(struct.calcsize(form)))
    if length > MAX_HEADER:
        return f"an array with a header of {length:,} bytes"
    text = stream.read(length).decode("latin-1").strip()
    if sum(map(text.count, "([{-+~")) > MAX_NESTED:
        return "an array whose header nests deep"
    header = ast.literal_eval(text)
    return header if isinstance(header, dict) and "descr" in header else "not an array of numpy's"


def _is_shape(shape: Any) -> bool:
    return isinstance(shape, tuple) and all(isinstance(size, int) and size >= 0 for size in shape)


def _has_objects(kind: Any) -> bool:
    """Whether a type, or one of a record's fields, is of Python objects."""
    if isinstance(kind, str):
        return _OBJECT.fullmatch(kind) is not None
    if isinstance(kind, list | tuple):
        return any(_has_objects(part) for part in kind)
    return False
