"""A release.yaml to its release, without a YAML parser where the gate wrote every byte: nearly always.

Positions, for which YAML is read by events, are asked for by a problem alone. So what looks like the gate's
own bytes is read as JSON whose keys have no quotes, and believed where the release renders to the very same
bytes: then YAML holds the same data.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import orjson

from sluicegate.specs.release import Release
from sluicegate.specs.release_file import HEADER, means_itself, of_data, read, text_of
from sluicegate.specs.yamlio import Document, InputError, parse

_BEGIN = f"{HEADER}apiVersion: sluicegate.dev/v1\nkind: Release\n"
_KEY = re.compile(r'"(?:[^"\\]|\\.)*"|([A-Za-z][A-Za-z0-9_./-]*)(?=: )')
"""A text, in which nothing is a key, or else a key without quotes."""


def load(text: bytes, path: str) -> Release:
    """The release that the file at `path` says. Raises InputError with a problem for every finding."""
    # Whatever goes wrong is found again with its position.
    with suppress(InputError, ValueError, KeyError, TypeError, AttributeError):
        release = of_data(Document(path, text, None, ()), _own(text.decode("ascii")))
        if means_itself(text, release) and text_of(release) == text:
            return release
    return read(parse(text, path))


def _own(text: str) -> dict[str, Any]:
    """The data of a file as the gate writes it. Raises ValueError and others for any other file."""
    if not text.startswith(_BEGIN):
        raise ValueError("the gate begins its files otherwise")
    data: dict[str, Any] = {"apiVersion": "sluicegate.dev/v1", "kind": "Release"}
    name = ""
    for line in text[len(_BEGIN) :].splitlines():
        if line.startswith("- "):
            data[name].append(_value(line[2:]))
        elif line.startswith("  "):
            track, _, version = line[2:].partition(": ")
            data[name][track] = _value(version)
        else:
            name, _, value = line.partition(":")
            data[name] = _value(value) if value else {} if name == "tracks" else []
    return data


def _value(flow: str) -> Any:
    """A value on one line, as `render_flow` writes it."""
    return orjson.loads(_KEY.sub(_quoted, flow))


def _quoted(match: re.Match[str]) -> str:
    return match[0] if match[1] is None else f'"{match[1]}"'
