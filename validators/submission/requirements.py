"""The packages that a model's requirements files pin, in the format of pip."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

REQUIREMENTS = "requirements.txt"
FILES = re.compile(
    r"(?:.*/)?(?:[^/]*requirements[^/]*|constraints[^/]*|requirements/[^/]*)\.txt", re.IGNORECASE
)
"""Paths of files that pip would be given."""
MOST_BYTES = 1 << 20
"""Of one file of requirements."""
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
_HARMLESS = re.compile(
    r"(?:--hash|--only-binary|--no-binary)[= ]\S+|--prefer-binary|--require-hashes|--pre|--no-index"
)
"""Options of pip's that bring nothing. It takes any other by its first letters as well, so these are all."""
_OTHER_FILE = re.compile(r"(?:-r|-c|--requirement|--constraint)[= ]?\s*(\S+)")
_ADDRESS = re.compile(r"[@:\\/]|^\.|\.(?:whl|zip|tgz|tar\.\w+)\b")
"""A URL, one behind a name, a path, a file."""
_HASH = "--hash"
_COMMENT = re.compile(r"(?:^|\s+)#.*$")
_TOKEN = re.compile(r"\s(?=--?[A-Za-z])")


@dataclass(frozen=True)
class Pin:
    """A package at one version: its name as PEP 503 normalises it, and the line that says so, from 1."""

    name: str
    version: str
    line: int
    hashed: bool = False
    """Whether the line names the digest of a file as well."""


@dataclass(frozen=True)
class Source:
    """A line that brings packages from where no index holds them to a name, or sends pip elsewhere."""

    line: int
    what: str
    """As in "an option, --index-url"."""


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines as pip joins them: the number of the first, and words without comments; none is empty."""
    begun, words = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        comment = line.lstrip().startswith("#")
        begun = begun or number
        if line.endswith("\\") and not comment:
            words += line[:-1]
            continue
        joined = _COMMENT.sub("", words + ("" if comment else line)).strip()
        if joined:
            yield begun, joined
        begun, words = 0, ""
    if words.strip():
        yield begun, words.strip()


def pins(text: str) -> Iterator[Pin]:
    """The packages that are pinned by `==`, in the order of their lines."""
    for number, words in _lines(text):
        if (match := _PIN.match(words)) is not None:
            name = re.sub(r"[-_.]+", "-", match[1]).lower()
            yield Pin(name, match[2], number, hashed=_HASH in words[match.end() :])


def unpinned(text: str) -> Iterator[int]:
    """The lines that bring packages of no version that is known: ranges and bare names."""
    elsewhere = {source.line for source in sources(text)}
    for number, words in _lines(text):
        if number not in elsewhere and not words.startswith("-") and not _PIN.match(words):
            yield number


def sources(text: str) -> Iterator[Source]:
    """The lines that take packages from addresses, paths, other files, or from another index."""
    for number, words in _lines(text):
        head, *options = _TOKEN.split(words) if not words.startswith("-") else ("", words)
        if "${" in words:
            yield Source(number, "a variable of the machine that installs it")
        elif _ADDRESS.search(head.partition(";")[0]):
            yield Source(number, "an address or a path")
        else:
            for option in options:
                yield from _of_option(number, option.strip())


def _of_option(number: int, option: str) -> Iterator[Source]:
    if (match := _OTHER_FILE.match(option)) is not None:
        path = match[1]
        if not FILES.fullmatch(path) or path.startswith(("/", "..")) or "/../" in path or ":" in path:
            yield Source(number, f"another file, {path[:80]}, that is not looked at")
    elif not _HARMLESS.fullmatch(option):
        yield Source(number, f"an option, {option.split(maxsplit=1)[0].partition('=')[0][:40]}")
