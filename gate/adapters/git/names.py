"""Names from outside that may reach git: all others are refused before an argument or a path is built."""

from __future__ import annotations

import re

ZERO = "0" * 40
"""The object id of no object: a ref before it is created, and after it is deleted."""
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_SHORT_SHA = re.compile(r"[0-9a-f]{7,64}")
_REF_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")


def is_short_sha(text: str) -> bool:
    """Whether the text could be an abbreviated object id (at least 7 hex digits)."""
    return bool(_SHORT_SHA.fullmatch(text))


def valid_ref(ref: str) -> bool:
    """Whether a whole ref name (`refs/...`) obeys git-check-ref-format(1), and is not taken for an option."""
    if not ref.startswith("refs/") or ref.count("/") < 2 or len(ref) > 512:
        return False
    if _REF_FORBIDDEN.search(ref) or ref.endswith((".", "/")):
        return False
    return all(
        part and not part.startswith((".", "-")) and not part.endswith(".lock") for part in ref.split("/")
    )


def valid_branch(name: str) -> bool:
    """Whether `refs/heads/<name>` is a valid ref."""
    return valid_ref(branch_ref(name))


def branch_ref(name: str) -> str:
    """The ref of a branch."""
    return f"refs/heads/{name}"


def valid_path(path: str) -> bool:
    """Whether a tree's path is relative, with no `.`, `..`, `.git` or empty part, no control character."""
    if not path or len(path) > 4096 or any(ord(char) < 32 or ord(char) == 127 for char in path):
        return False
    return all(part not in ("", ".", "..") and part.lower() != ".git" for part in path.split("/"))
