"""What a change does to the manifests of a model in an environment, as a diff that may be shown to anyone.

Of what `chart-renders` has rendered already: as the base's release is applied now, and as the merged
version's once it is finished. Secrets are masked before anything is compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import unified_diff

from sluicegate.specs.redaction import MASK, redacted

CONTEXT = 2
MOST_LINES = 160
"""Lines of one environment's diff; what is beyond is counted."""
LONGEST = 200
"""Characters of a line."""
MOST_BYTES = 512_000
"""Of rendered manifests that are compared; larger ones are not."""
_SECRET_KEY = re.compile(
    r"(?P<key>^[\s-]*['\"]?[\w.-]*(?:password|passwd|token|secret|credential|api[-_]?key|private[-_]?key)"
    r"[\w.-]*['\"]?:\s+)(?P<value>\S.*)$",
    re.IGNORECASE,
)
_NAMES = re.compile(r"(?:name|Name|key|namespace)['\"]?:\s")
_SECRET_KIND = re.compile(r"^kind:\s*['\"]?Secret['\"]?\s*$", re.MULTILINE)
_DATA = re.compile(r"^(?P<key>data|stringData):")
_ENTRY = re.compile(r"^(?P<key>\s+[^\s:]+:)\s*\S.*$")


def manifest_diff(before: bytes, after: bytes) -> tuple[str, ...]:
    """The lines that differ with some around them; none where nothing does. The last one says what is cut."""
    if len(before) + len(after) > MOST_BYTES:
        return (f"manifests of {len(before) + len(after):,} bytes are not compared",)
    old = list(_shown(before))
    new = list(_shown(after))
    lines = [
        line[:LONGEST] for line in list(unified_diff(old, new, n=CONTEXT, lineterm=""))[2:] if line.strip()
    ]
    if len(lines) <= MOST_LINES:
        return tuple(lines)
    return (*lines[:MOST_LINES], f"… {len(lines) - MOST_LINES:,} more lines differ")


def _shown(manifests: bytes) -> Iterator[str]:
    """The lines of all objects, each below the name of its template, without any secret."""
    text = manifests.decode("utf-8", "replace")
    for document in re.split(r"^---\s*$", text, flags=re.MULTILINE):
        secret = _SECRET_KIND.search(document) is not None
        inside = False
        for line in document.splitlines():
            if not line.strip():
                continue
            if secret and not line.startswith((" ", "-")):
                inside = _DATA.match(line) is not None
            yield _masked(line, hidden=secret and inside)


def _masked(line: str, *, hidden: bool) -> str:
    entry = _ENTRY.match(line)
    if hidden and _DATA.match(line):
        return line.partition(":")[0] + ":"
    if hidden:
        return f"{entry['key']} {MASK}" if entry else MASK
    named = _SECRET_KEY.match(line)
    if named is not None and not _NAMES.search(named["key"][-8:]):
        return f"{named['key']}{MASK}"
    return redacted(line)
