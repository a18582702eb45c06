"""Which names may reach git or the disk: all others are refused before a path or an argument is built."""

from __future__ import annotations

import re

from sluicegate.specs.names import is_revision

_OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:\[bot\])?")
_REPOSITORY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_SHORT_SHA = re.compile(r"[0-9a-f]{7,40}")
_REF_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")
_RESERVED_OWNERS = frozenset({"api"})


def valid_owner(name: str) -> bool:
    """Whether a login or an organisation may be called so."""
    return bool(_OWNER.fullmatch(name)) and name not in _RESERVED_OWNERS


def valid_repository(name: str) -> bool:
    """Whether a repository may be called so; no leading dot or dash, no `..`, no `.git` ending."""
    return (
        bool(_REPOSITORY.fullmatch(name)) and ".." not in name and not name.endswith((".git", ".lock", "."))
    )


def is_sha(text: str) -> bool:
    """Whether the text is a whole object name, not an abbreviated one."""
    return is_revision(text)


def is_short_sha(text: str) -> bool:
    """Whether the text could be an abbreviated object name (7 to 40 hex digits)."""
    return bool(_SHORT_SHA.fullmatch(text))


def valid_ref(ref: str) -> bool:
    """Whether a whole ref name (`refs/...`) obeys git-check-ref-format(1), and names no option."""
    if not ref.startswith("refs/") or ref.count("/") < 2 or len(ref) > 512:
        return False
    if _REF_FORBIDDEN.search(ref) or ref.endswith((".", "/")):
        return False
    return all(
        part and not part.startswith((".", "-")) and not part.endswith(".lock") for part in ref.split("/")
    )


def valid_branch(name: str) -> bool:
    """Whether `refs/heads/<name>` is a valid ref."""
    return valid_ref(f"refs/heads/{name}")


def valid_path(path: str) -> bool:
    """Whether a tree's path is relative, with no `.`, `..`, `.git` or empty part, no control character."""
    if not path or len(path) > 4096 or any(ord(char) < 32 or ord(char) == 127 for char in path):
        return False
    return all(part not in ("", ".", "..") and part.lower() != ".git" for part in path.split("/"))
