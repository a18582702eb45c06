"""How things are identified in files and on command lines: names, digests, revisions, paths. Pure.

Each pattern describes the whole text, for `re.fullmatch`; `anchored` gives it the form that JSON Schema and
pydantic need, which search.
"""

from __future__ import annotations

import re

NAME = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
"""A model's and an environment's name: a DNS label (RFC 1123), since it becomes a Kubernetes name."""

SHA256 = r"sha256:[0-9a-f]{64}"
"""A digest of an artifact, a data file or an evidence record."""

REVISION = r"[0-9a-f]{40}([0-9a-f]{24})?"
"""A commit by its full id, SHA-1 or SHA-256. The gate has only ever written full ids.

An abbreviated id is refused: it can become ambiguous as the repository grows, and it cannot be pinned.
"""

RELATIVE_PATH = r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*"
"""A file below a directory, with `/`: no leading /, no `..`, no hidden name, no address."""

DIMENSION = r"[A-Za-z_][A-Za-z0-9_]*"
"""The name of a tensor's dimension that varies."""


def anchored(pattern: str) -> str:
    """The same pattern for whoever searches for it: `^...$`."""
    return f"^{pattern}$"


def is_name(text: str) -> bool:
    """Whether a model or an environment may be called so."""
    return re.fullmatch(NAME, text) is not None


def is_sha256(text: str) -> bool:
    """Whether it is `sha256:` and 64 lower-case hexadecimal digits."""
    return re.fullmatch(SHA256, text) is not None


def is_revision(text: str) -> bool:
    """Whether it is the full id of a commit."""
    return re.fullmatch(REVISION, text) is not None
