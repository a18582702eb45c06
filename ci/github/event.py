"""The event that GitHub started a workflow with: which commits are to be judged, and where they lie.

The payloads are those of GitHub's webhooks (docs.github.com/webhooks/webhook-events-and-payloads), read from
the file that GITHUB_EVENT_PATH names. The head is the one that the event names, never the merge commit that a
checkout of a pull request holds: nobody wrote that commit, and no verdict of it says what can be merged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sluicegate.gate.adapters.git.names import ZERO, valid_branch
from sluicegate.specs.errors import SluiceError
from sluicegate.specs.names import is_revision

MOST_BYTES = 25 * 1024 * 1024
"""GitHub's own limit of a payload."""
_REPOSITORY = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+", re.ASCII)
JUDGED = "pull_request, merge_group or push"


class EventError(SluiceError):
    """The event cannot be read, or names no commits that can be judged."""


@dataclass(frozen=True)
class Event:
    """What is to be judged: what `head` changes relative to `base`."""

    name: str
    """The event's name, such as `pull_request`."""
    repository: str
    """OWNER/NAME of the repository that the workflow belongs to."""
    base: str
    """A full commit id."""
    head: str
    """A full commit id."""
    number: int | None = None
    """Of the pull request, where the event is about one."""
    fork: bool = False
    """Whether the head comes from another repository: its workflow has no secrets, and writes nothing."""
    head_ref: str = ""
    """A ref that was at the head when the event was sent, for servers that serve no commit by its id."""
    base_ref: str = ""
    """Likewise of the base."""


def read_event(path: Path, name: str) -> Event:
    """The event in a file, by the name that GITHUB_EVENT_NAME gives.

    Raises EventError: for a file that is no payload, for an event without two commits, for a branch that was
    deleted or is new.
    """
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise EventError(
                f"{path} has {size:,} bytes, and no event has more than {MOST_BYTES:,}", _NAME_IT
            )
        payload = json.loads(path.read_bytes())
    except OSError as error:
        raise EventError(f"{path} cannot be read: {error.strerror}", _NAME_IT) from error
    except (ValueError, RecursionError) as error:
        raise EventError(f"{path} is not JSON", _NAME_IT) from error
    return parse_event(payload, name)


_NAME_IT = "name the event's file with --event; GitHub Actions has it in GITHUB_EVENT_PATH"


def parse_event(payload: Any, name: str) -> Event:
    """The event of a payload. Raises EventError; see `read_event`."""
    if name not in _READERS:
        raise EventError(
            f"the event {name!r} names no commits to judge",
            f"let {JUDGED} start the workflow, or use --changed",
        )
    return _READERS[name](payload)


def _pull_request(payload: Any) -> Event:
    number = _at(payload, "pull_request", "number")
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise _malformed("pull_request.number", number)
    repository = _repository(payload)
    base_ref = _branch(payload, "pull_request", "base", "ref")
    return Event(
        "pull_request",
        repository,
        _commit(payload, "pull_request", "base", "sha"),
        _commit(payload, "pull_request", "head", "sha"),
        number,
        _of_fork(payload, repository),
        f"refs/pull/{number}/head",
        f"refs/heads/{base_ref}",
    )


def _of_fork(payload: Any, repository: str) -> bool:
    """Whether the head is another repository's; a fork that is deleted has none."""
    origin = _at(payload, "pull_request", "head", "repo")
    if origin is None:
        return True
    name = _at(payload, "pull_request", "head", "repo", "full_name")
    return not isinstance(name, str) or name.lower() != repository.lower()


def _merge_group(payload: Any) -> Event:
    head_ref = _ref(payload, "merge_group", "head_ref")
    return Event(
        "merge_group",
        _repository(payload),
        _commit(payload, "merge_group", "base_sha"),
        _commit(payload, "merge_group", "head_sha"),
        head_ref=head_ref,
        base_ref=_ref(payload, "merge_group", "base_ref"),
    )


def _push(payload: Any) -> Event:
    ref = _ref(payload, "ref")
    before = _commit(payload, "before")
    after = _commit(payload, "after")
    if after == ZERO:
        raise EventError(f"the push deleted {ref}: there is nothing to judge", "let the workflow skip it")
    if before == ZERO:
        raise EventError(
            f"the push created {ref}, and names no commit that it began from",
            "judge it with `sluice validate --changed BASE..HEAD`, or everything with `--all`",
        )
    return Event("push", _repository(payload), before, after, head_ref=ref, base_ref=ref)


_READERS: Mapping[str, Callable[[Any], Event]] = {
    "pull_request": _pull_request,
    "merge_group": _merge_group,
    "push": _push,
}


def _at(payload: Any, *path: str) -> Any:
    """The value at a path. Raises EventError where there is none."""
    value = payload
    for depth, key in enumerate(path):
        if not isinstance(value, dict) or key not in value:
            raise EventError(
                f"the event has no {'.'.join(path[: depth + 1])}", "see whether --event-name is right"
            )
        value = value[key]
    return value


def _commit(payload: Any, *path: str) -> str:
    value = _at(payload, *path)
    if not isinstance(value, str) or not is_revision(value):
        raise _malformed(".".join(path), value)
    return value


def _repository(payload: Any) -> str:
    value = _at(payload, "repository", "full_name")
    if not isinstance(value, str) or not _REPOSITORY.fullmatch(value):
        raise _malformed("repository.full_name", value)
    return value


def _branch(payload: Any, *path: str) -> str:
    value = _at(payload, *path)
    if not isinstance(value, str) or not valid_branch(value):
        raise _malformed(".".join(path), value)
    return value


def _ref(payload: Any, *path: str) -> str:
    """A full name of a branch or a tag."""
    value = _at(payload, *path)
    for kind in ("refs/heads/", "refs/tags/"):
        if isinstance(value, str) and value.startswith(kind) and valid_branch(value.removeprefix(kind)):
            return value
    raise _malformed(".".join(path), value)


def _malformed(where: str, value: Any) -> EventError:
    return EventError(f"the event's {where} is {str(value)[:100]!r}", "see whether --event-name is right")
