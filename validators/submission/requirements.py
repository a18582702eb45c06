"""The packages that a model's requirements files pin, in the format of pip."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

REQUIREMENTS = "requirements.txt"
FILES = re.compile(r"(?:.*/)?requirements[^/]*\.txt", re.IGNORECASE)
"""Paths of files that pip would be given."""
_VERSION = r"""
    v? (?:\d+!)? \d+(?:\.\d+)*
    (?: [-_.]? (?:alpha|a|beta|b|preview|pre|c|rc) [-_.]? \d* )?
    (?: -\d+ | [-_.]? (?:post|rev|r) [-_.]? \d* )?
    (?: [-_.]? dev [-_.]? \d* )?
    (?: \+ [a-z0-9]+ (?:[-_.][a-z0-9]+)* )?
"""
"""PEP 440, appendix B."""
_PIN = re.compile(
    rf"([A-Z0-9][A-Z0-9._-]*) \s* (?:\[[^\]]*\])? \s* == \s* ({_VERSION}) (?=[\s;,\\#]|$)",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_OPTION = re.compile(r"-(?!r|e|-requirement|-editable)")
"""An option that brings no package: a hash, an index."""


@dataclass(frozen=True)
class Pin:
    """A package at one version: its name as PEP 503 normalises it, and the line that says so, from 1."""

    name: str
    version: str
    line: int


def pins(text: str) -> Iterator[Pin]:
    """The packages that are pinned by `==`, in the order of their lines."""
    for number, line in enumerate(text.splitlines(), 1):
        if (match := _PIN.match(line.strip())) is not None:
            yield Pin(re.sub(r"[-_.]+", "-", match[1]).lower(), match[2], number)


def unpinned(text: str) -> Iterator[int]:
    """The lines that bring packages of no version that is known: ranges, addresses, other files."""
    for number, line in enumerate(text.splitlines(), 1):
        words = line.strip()
        if words and not words.startswith("#") and not _OPTION.match(words) and not _PIN.match(words):
            yield number
