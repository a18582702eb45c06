"""What a file is by its bytes, whatever its name says: pickles, archives, native code, text that is not text.

A pickle is a program: its opcodes run in their order, and what ran before an error has run. So one is known
by the first opcode that calls something, not by its end (PEP 307, PEP 3154; opcodes of pickletools).
"""

from __future__ import annotations

import codecs
import io
import json
import pickletools
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from sluicegate.specs.lfs import is_pointer
from sluicegate.specs.yamlio import MAX_BYTES, parse
from sluicegate.validators.submission import numpy_file
from sluicegate.validators.submission.picture import png_fault, svg_fault

TEXTS = frozenset({".md", ".txt", ".csv", ".py", ".yaml", ".yml", ".json", ".svg"})
"""Suffixes, and no suffix at all, of what must be text."""
HEAD = 1 << 20
"""Bytes in which a pickle must show itself; text that still reads as one there is refused."""
MAX_JSON = 8 << 20
"""Bytes of a .json file: it is parsed whole."""
MAX_OPCODES = 2_000
"""Opcodes of a pickle that are looked at in one file; real ones call something long before."""
MAGIC = {
    b"PK\x03\x04": "a zip archive (PyTorch and numpy keep pickles in one)",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstandard archive",
    b"7z\xbc\xaf": "a 7-zip archive",
    b"Rar!": "a RAR archive",
    b"\x7fELF": "a native program or library",
    b"MZ": "a native program or library",
    b"\xcf\xfa\xed\xfe": "a native program or library",
    b"\xce\xfa\xed\xfe": "a native program or library",
    b"\xca\xfe\xba\xbe": "a native program or a Java class",
    b"\x00asm": "a WebAssembly program",
    b"\x89HDF": "an HDF5 file (Keras keeps code in one)",
}
BEGINS = {".parquet": b"PAR1", ".png": b"\x89PNG\r\n\x1a\n"}
"""What a file of this suffix begins with."""
_TAR = (257, b"ustar")
_ZIP_END = b"PK\x05\x06"
_ZIP_END_SIZE = 22
PICTURES = {".svg": svg_fault, ".png": png_fault}
_CODING = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
"""PEP 263: in one of the first two lines of Python."""
_MAKES_OBJECTS = re.compile(rb"!!python/|!<tag:yaml\.org,2002:python/")
"""Tags of YAML by which PyYAML's unsafe loader calls what they name."""
PICKLE = "a pickle, which runs code when it is opened"
_ARGUMENTS = frozenset({"MARK", "EMPTY_TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"})
_CALLS = frozenset({"REDUCE", "OBJ", "NEWOBJ", "NEWOBJ_EX"})


@dataclass
class Budget:
    """What may still be looked at in all files of a directory together."""

    opcodes: int = 100_000
    yaml: int = MAX_BYTES
    """Bytes of YAML that may still be read: those of all files together, as of a model.yaml alone."""


def disallowed_content(path: Path, budget: Budget | None = None) -> str | None:
    """What a plain file is, when that is refused, in words; None for what its name says."""
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    size = path.stat().st_size
    if is_pointer(head, size):  # whoever needs the file itself says so
        return None
    return _by_content(path, head, size, budget or Budget())


def _by_content(path: Path, head: bytes, size: int, budget: Budget) -> str | None:
    calls, open_end = _pickled(head, size, budget)
    if calls or (len(head) > 2 and head[0] == 0x80 and 2 <= head[1] <= 5):
        return PICKLE
    suffix = path.suffix.lower()
    if suffix in numpy_file.SUFFIXES:
        return numpy_file.numpy_fault(path)
    other = _other_format(path, head, size)
    if other is not None or (suffix and suffix not in TEXTS):
        return other
    if open_end is None and suffix != ".json":  # what parses as JSON is no pickle that calls
        return f"nothing that can be distinguished from a pickle by {MAX_OPCODES:,} opcodes"
    if open_end and size > len(head):
        return f"nothing that can be distinguished from a pickle by its first {HEAD:,} bytes"
    return _not_what_its_name_says(path, size, budget)


def _other_format(path: Path, head: bytes, size: int) -> str | None:
    """An archive, a program or a script, by first and last bytes; or not the format that its suffix says."""
    suffix = path.suffix.lower()
    kind = next((kind for magic, kind in MAGIC.items() if head.startswith(magic)), None)
    if kind is None and head[_TAR[0] :].startswith(_TAR[1]):
        kind = "a tar archive"
    if kind is None and head.startswith(b"#!") and suffix != ".py":
        kind = "a script"
    if kind is None and not head.startswith(BEGINS.get(suffix, b"")):
        kind = f"no {suffix[1:]} file"
    if kind is None and _ends_as_zip(path, size):
        kind = "a zip archive behind something else"
    if kind is None and suffix in PICTURES:
        kind = PICTURES[suffix](path)
    return kind


def _ends_as_zip(path: Path, size: int) -> bool:
    """Whether its end is that of an archive, which unpackers find from there (APPNOTE.TXT 4.3.16)."""
    with path.open("rb") as stream:
        stream.seek(max(0, size - (1 << 16) - _ZIP_END_SIZE))
        tail = stream.read()
    at = tail.rfind(_ZIP_END)
    if at < 0 or len(tail) - at < _ZIP_END_SIZE:
        return False
    comment = int.from_bytes(tail[at + 20 : at + _ZIP_END_SIZE], "little")
    return at + _ZIP_END_SIZE + comment == len(tail)


def _not_what_its_name_says(path: Path, size: int, budget: Budget) -> str | None:
    fault = _not_text(path)
    suffix = path.suffix.lower()
    if fault is None and suffix == ".json":
        fault = _not_json(path, size)
    if fault is None and suffix == ".py":
        coding = other_coding(path)
        if coding is not None:
            fault = f"Python that reads as other text than it shows: its coding is {coding!r}"
    if fault is None and suffix in (".yaml", ".yml"):
        fault = _makes_objects(path) or _not_yaml(path, size, budget)
    return fault


def other_coding(path: Path) -> str | None:
    """The coding that one of the first two lines declares, where that is not UTF-8 or a part of it."""
    with path.open("rb") as stream:
        lines = [stream.readline(1_000) for _ in range(2)]
    for line in lines:
        named = _CODING.match(line)
        if named is not None and named[1].lower().replace(b"_", b"-") not in (
            b"utf-8",
            b"ascii",
            b"us-ascii",
        ):
            return named[1].decode()
    return None


def _makes_objects(path: Path) -> str | None:
    tail = b""
    with path.open("rb") as stream:
        while chunk := stream.read(HEAD):
            if _MAKES_OBJECTS.search(tail + chunk):
                return "YAML with tags that make objects of Python"
            tail = chunk[-64:]
    return None


def _not_yaml(path: Path, size: int, budget: Budget) -> str | None:
    """By the reader that specs are read by: no aliases, no key twice, and a bound on size and depth."""
    budget.yaml -= size
    if budget.yaml < 0:
        return f"more YAML than the {MAX_BYTES:,} bytes that a directory may have of it"
    for problem in parse(path.read_bytes(), "").problems:
        return f"YAML that is not read here (line {problem.line or 1}: {problem.message})"
    return None


class _Head(io.BytesIO):
    """The head of a file of `size` bytes, in which nothing longer than the file can be read."""

    size = 0

    def read(self, count: int | None = -1, /) -> bytes:
        if count is not None and count > self.size - self.tell():
            raise ValueError("longer than the file")
        return super().read(count)


def _pickled(head: bytes, size: int, budget: Budget) -> tuple[bool, bool | None]:
    """Whether a file, unpickled, calls what it imports; and whether its head ends before that is settled.

    The second is None where it has more opcodes than may be looked at.
    A name alone is not enough: a list of words can read as one. It must be called, with arguments.
    """
    named = arguments = False
    stream = _Head(head)
    stream.size = size
    try:
        for number, (opcode, value, _) in enumerate(pickletools.genops(stream)):
            budget.opcodes -= 1
            if number >= MAX_OPCODES or budget.opcodes < 0:
                return False, None
            if opcode.name in ("GLOBAL", "INST"):
                words = str(value).split(" ")
                imports = len(words) == 2 and all(word.replace(".", "_").isidentifier() for word in words)
                named |= imports
                if imports and arguments and opcode.name == "INST":
                    return True, False
            named |= opcode.name in ("STACK_GLOBAL", "EXT1", "EXT2", "EXT4")
            arguments |= opcode.name in _ARGUMENTS
            if named and arguments and opcode.name in _CALLS:
                return True, False
    except Exception:  # whatever genops meets in bytes that are not a pickle
        return False, stream.tell() >= len(head)
    return False, False


def _not_text(path: Path) -> str | None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        try:
            while chunk := stream.read(HEAD):
                if b"\0" in chunk:
                    return "not text: it has zero bytes"
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "not text in UTF-8"
    return None


def _not_json(path: Path, size: int) -> str | None:
    if size > MAX_JSON:
        return f"of {size:,} bytes, of at most {MAX_JSON:,} for JSON"
    try:
        json.loads(path.read_bytes(), object_pairs_hook=_each_once)
    except _Twice as twice:
        return f"JSON that is read in more than one way: the key {twice.args[0][:80]!r} is given twice"
    except (ValueError, RecursionError):
        return "not JSON that can be parsed"
    return None


class _Twice(Exception):
    """A key is there twice: one reader takes the first value, another the last."""


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Twice(next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1))
    return found
