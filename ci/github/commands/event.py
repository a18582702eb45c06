"""The comment that a webhook or a workflow's event file tells of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sluicegate.specs.yamlio import InputError

NOBODY = 0
"""No account has this id."""
LARGEST = 25 * 1024 * 1024
"""Bytes of a payload at most, as GitHub caps it."""
_REMEDY = "give the payload of an `issue_comment` event, as GITHUB_EVENT_PATH names it"


@dataclass(frozen=True)
class Comment:
    """A comment, and what happened to it."""

    action: str
    """`created`, `edited` or `deleted`."""
    id: int
    body: str
    created_at: datetime
    login: str
    """Its author, as called now."""
    user: int
    """The author's id, which no rename changes; NOBODY where the account was deleted."""
    robot: bool
    repository: str
    """OWNER/NAME."""
    number: int
    of_pull: bool
    """Whether it is on a pull request; else it is on an issue."""


def read_file(path: Path) -> Comment:
    """The comment of an event file. Raises InputError."""
    try:
        if path.stat().st_size > LARGEST:
            raise InputError.of(f"{path} is larger than {LARGEST:,} bytes", _REMEDY, str(path))
        payload = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError.of(f"{path} cannot be read: {error.strerror}", _REMEDY) from error
    except (ValueError, RecursionError) as error:
        raise InputError.of(f"it is no JSON: {error}", _REMEDY, str(path)) from error
    return read(payload)


def read(payload: object) -> Comment:
    """The comment of a payload. Raises InputError for what is none of an `issue_comment` event."""
    try:
        return _read(payload)  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        message = f"this is no event of a comment ({type(error).__name__}: {error})"
        raise InputError.of(message, _REMEDY) from error


def _read(payload: Mapping[str, Any]) -> Comment:
    comment, issue = payload["comment"], payload["issue"]
    author = comment["user"] or {"login": "ghost", "id": NOBODY, "type": "User"}
    return Comment(
        action=str(payload["action"]),
        id=int(comment["id"]),
        body=str(comment["body"] or ""),
        created_at=datetime.fromisoformat(comment["created_at"]),
        login=str(author["login"]),
        user=int(author["id"]),
        robot=author.get("type") != "User",
        repository=str(payload["repository"]["full_name"]),
        number=int(issue["number"]),
        of_pull=issue.get("pull_request") is not None,
    )
