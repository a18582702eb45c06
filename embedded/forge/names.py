"""Names of owners and repositories: all others are refused before a path or an argument is built."""

from __future__ import annotations

import re

_OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:\[bot\])?")
_REPOSITORY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_RESERVED_OWNERS = frozenset({"api"})


def valid_owner(name: str) -> bool:
    """Whether a login or an organisation may be called so."""
    return bool(_OWNER.fullmatch(name)) and name not in _RESERVED_OWNERS


def valid_repository(name: str) -> bool:
    """Whether a repository may be called so; no leading dot or dash, no `..`, no `.git` ending."""
    return (
        bool(_REPOSITORY.fullmatch(name)) and ".." not in name and not name.endswith((".git", ".lock", "."))
    )
