"""Bytes to the characters of a YAML file: which of them a file may hold, and how many."""

from __future__ import annotations

import re

from sluicegate.specs.yamlio.problems import InputError

MAX_BYTES = 1 << 20

FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
    "|[\u2028\u2029\u202a-\u202e\u2066-\u2069]|\r(?!\n)"
)
"""Control characters, line ends but LF and CR LF, and what reorders text on a screen (CVE-2021-42574)."""


def decode(data: bytes) -> str:
    """The text of a file, less a byte order mark. Raises InputError for what is too long or not text."""
    if len(data) > MAX_BYTES:
        raise InputError.of(f"is larger than {MAX_BYTES >> 20} MiB", "keep data out of it")
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError.of("is not UTF-8", "save it as UTF-8", None, line, None) from None
    if bad := FORBIDDEN.search(text):
        line = text.count("\n", 0, bad.start()) + 1
        column = bad.start() - text.rfind("\n", 0, bad.start())
        raise InputError.of(f"holds the character U+{ord(bad[0]):04X}", "remove it", None, line, column)
    if not text.strip():
        raise InputError.of("is empty", "write the document", None, 1, 1)
    return text
