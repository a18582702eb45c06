"""What pictures of a model's directory may hold: an SVG draws and fetches nothing, a PNG ends where it says.

A browser that opens an SVG runs its scripts and fetches what it names; so only elements that draw are
allowed, and references within the file or to a picture that it holds itself (SVG 2, 5 and 16).
"""

from __future__ import annotations

import re
import struct
from pathlib import Path
from xml.parsers import expat

MAX_SVG = 8 << 20
"""Bytes of an SVG: it is parsed whole."""
MAX_DEPTH = 200
_ELEMENTS = (
    "svg g defs symbol use path rect circle ellipse line polyline polygon text tspan textPath title desc "
    "style clipPath mask pattern marker image linearGradient radialGradient stop filter metadata switch a "
    "feBlend feColorMatrix feComposite feFlood feGaussianBlur feMerge feMergeNode feOffset"
)
DRAWS = frozenset(_ELEMENTS.split())
"""Elements that draw, or say what the picture is of; below `metadata` any others, which nothing shows."""
_WITHIN = re.compile(r"\s*(#.*|data:image/(png|jpeg);base64,[A-Za-z0-9+/=\s]*)?", re.DOTALL)
_FETCHES = re.compile(r"@import|url\(\s*['\"]?\s*(?!#)|expression\(|\\", re.IGNORECASE)
_SPACED = "}"
_SHOWN = ("", "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml")
"""Namespaces whose elements a browser shows; those of editors are their own notes."""
_PNG = b"\x89PNG\r\n\x1a\n"


def svg_fault(path: Path) -> str | None:
    """What an SVG is, when that is refused, in words."""
    if path.stat().st_size > MAX_SVG:
        return f"a picture of more than {MAX_SVG:,} bytes"
    reader = _Reader()
    try:
        reader.read(path.read_bytes())
    except _NotDrawn as problem:
        return f"a picture that {problem}"
    except (expat.ExpatError, LookupError, ValueError):
        return "no .svg file"
    return None


class _NotDrawn(Exception):
    """Something of it that does more than draw."""


class _Reader:
    """Goes through the elements, and stops at the first that does more than draw."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._style = ""
        self._parser = expat.ParserCreate(namespace_separator=_SPACED)
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.EntityDeclHandler = self._declared
        self._parser.ProcessingInstructionHandler = self._instruction

    def read(self, data: bytes) -> None:
        self._parser.Parse(data, True)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        space, _, name = tag.rpartition(_SPACED)
        if not self._open and name != "svg":
            raise _NotDrawn(f"is <{name[:40]}>")
        if len(self._open) >= MAX_DEPTH:
            raise _NotDrawn("nests too deep")
        if "metadata" not in self._open and space in _SHOWN:
            if name not in DRAWS:
                raise _NotDrawn(f"does more than draw: it has <{name[:40]}>")
            for key, value in attributes.items():
                _attribute(key.rpartition(_SPACED)[2].lower(), value)
        self._open.append(name)

    def _end(self, _tag: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        if "style" in self._open:
            self._style = self._style[-200:] + text
            if _FETCHES.search(self._style):
                raise _NotDrawn("fetches what a style names")

    def _declared(self, *_of_it: object) -> None:
        raise _NotDrawn("declares entities")

    def _instruction(self, target: str, _data: str) -> None:
        raise _NotDrawn(f"has an instruction {target[:40]!r}")


def _attribute(name: str, value: str) -> None:
    if name.startswith("on"):
        raise _NotDrawn("runs code")
    if name in ("href", "src") and _WITHIN.fullmatch(value) is None:
        raise _NotDrawn(f"leads to {value[:40]!r}")
    if "url(" in value.lower() and _FETCHES.search(value):
        raise _NotDrawn("fetches what a style names")


def png_fault(path: Path) -> str | None:
    """What a PNG is, when that is refused: its last chunk ends the file (PNG 3rd edition, 5)."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        at, first, kind = stream.seek(len(_PNG)), True, b""
        while kind != b"IEND":
            head = stream.read(8)
            if len(head) < 8:
                return "a .png file that ends early"
            length, kind = struct.unpack(">I4s", head)
            if first != (kind == b"IHDR"):
                return "no .png file"
            first, at = False, at + length + 12
            stream.seek(at)
    if at == size:
        return None
    return "a .png file that ends early" if at > size else "a .png file with something behind it"
