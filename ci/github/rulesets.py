"""The rulesets of a repository on GitHub, beside those that its own files declare: compared, and applied.

A ruleset is known by its name. What GitHub adds to one (ids, dates, parameters that a file does not name) is
no difference: only what a file says is compared. Rulesets of other names are left alone.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from sluicegate.ci.github.client import Client, GitHubError, answered
from sluicegate.ci.report.text_format import clean
from sluicegate.specs.yamlio import InputError

Ruleset = Mapping[str, Any]
RIGHTS = "administer the repository (a private one needs a plan that has rulesets)"
KEYS = ("name", "target", "enforcement", "conditions", "bypass_actors", "rules")
"""What a file says; all of it, so that nothing is left to what GitHub had before."""
PAGE = 100
"""Rulesets in one answer."""
_SHOWN = 3
"""Lines around a difference."""


@dataclass(frozen=True)
class Change:
    """One ruleset that a file declares."""

    wanted: Ruleset
    found: Ruleset | None
    """What GitHub has by this name, in as far as it can be compared; None for nothing."""
    id: int | None = None
    """GitHub's id of it."""

    @property
    def kind(self) -> str:
        """`create`, `update` or `keep`."""
        if self.found is None:
            return "create"
        return "keep" if self.found == self.wanted else "update"

    def diff(self) -> str:
        """From what GitHub has to what the file says, line by line; empty where nothing differs."""
        before = [] if self.found is None else _lines(self.found)
        lines = difflib.unified_diff(before, _lines(self.wanted), "on GitHub", "declared", "", "", _SHOWN, "")
        return "\n".join(lines)


def _lines(ruleset: Ruleset) -> list[str]:
    return json.dumps(ruleset, indent=2).splitlines()


def declared(folder: Path) -> list[Ruleset]:
    """The rulesets of the JSON files in a directory. Raises InputError."""
    files = sorted(folder.glob("*.json"))
    if not files:
        raise InputError.of(f"there is no ruleset in {folder}", "write them with `sluice init`")
    rulesets = [_read(file) for file in files]
    names = [ruleset["name"] for ruleset in rulesets]
    for name in names:
        if names.count(name) > 1:
            raise InputError.of(f"two files of {folder} declare a ruleset {name!r}", "give each its own name")
    return rulesets


def _read(file: Path) -> Ruleset:
    try:
        data = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise InputError.of(
            f"{file} is no JSON: {clean(error, 200)}", "write it with `sluice init`"
        ) from error
    if not isinstance(data, dict) or set(data) != set(KEYS) or not isinstance(data.get("name"), str):
        raise InputError.of(
            f"{file} is no ruleset: it has to say {', '.join(KEYS)}, and no more", "see .github/rulesets"
        )
    return {key: data[key] for key in KEYS}


def compare(client: Client, repository: str, wanted: Sequence[Ruleset]) -> list[Change]:
    """What would become of each declared ruleset. Raises GitHubError."""
    ids = _ids(client, repository)
    changes = []
    for ruleset in wanted:
        id = ids.get(ruleset["name"])
        there = None if id is None else _ask(client, "GET", f"/repos/{repository}/rulesets/{id}")
        if there is not None and "bypass_actors" not in there:
            raise GitHubError(
                f"{repository}: GitHub does not tell who may pass by the rules",
                "use an administrator's token",
            )
        changes.append(Change(ruleset, None if there is None else _like(there, ruleset), id))
    return changes


def apply(client: Client, repository: str, change: Change) -> None:
    """Create or replace one ruleset. Raises GitHubError."""
    every = f"/repos/{repository}/rulesets"

    def create() -> None:
        # An attempt whose answer was lost may have created it.
        id = _ids(client, repository).get(change.wanted["name"])
        method, path = ("POST", every) if id is None else ("PUT", f"{every}/{id}")
        _send(client, method, path, change.wanted)

    if change.kind == "create":
        with answered(f"POST {every}", RIGHTS):
            client.attempt(create)
    elif change.kind == "update":
        _ask(client, "PUT", f"{every}/{change.id}", change.wanted)


def _like(found: Any, wanted: Any) -> Any:
    """What GitHub has, without what the file does not speak of, its lists in the file's order."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        kept = {key: _like(found[key], value) for key, value in wanted.items() if key in found}
        return kept | _unwanted(found, wanted)
    if isinstance(wanted, list) and isinstance(found, list):
        return _like_list(found, wanted)
    return found


def _unwanted(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """A check that only one App may answer is another one than a check that anybody may."""
    only = ("integration_id",)
    return {key: found[key] for key in only if key not in wanted and found.get(key) is not None}


def _like_list(found: list[Any], wanted: list[Any]) -> list[Any]:
    """Each element beside the one of the file that it is about; what the file does not have comes last."""
    rest = list(found)
    kept = []
    for element in wanted:
        match = next((other for other in rest if _about(other) == _about(element)), None)
        if match is not None:
            rest.remove(match)
            kept.append(_like(match, element))
    return kept + rest


def _about(element: Any) -> Any:
    """What tells one element of a list from another: a rule's type, a check's name, an actor."""
    if not isinstance(element, Mapping):
        return element
    return [element.get(key) for key in ("type", "context", "actor_type", "actor_id")]


def _ids(client: Client, repository: str) -> dict[str, int]:
    """The repository's own rulesets: GitHub's id by name."""
    path = f"/repos/{repository}/rulesets?includes_parents=false&per_page={PAGE}"
    found: dict[str, int] = {}
    for page in count(1):
        some = _ask(client, "GET", f"{path}&page={page}")
        found |= {ruleset["name"]: ruleset["id"] for ruleset in some}
        if len(some) < PAGE:
            break
    return found


def _ask(client: Client, method: str, path: str, body: Ruleset | None = None) -> Any:
    """One request. Raises GitHubError."""
    with answered(f"{method} {path.partition('?')[0]}", RIGHTS):
        return client.attempt(lambda: _send(client, method, path, body))


def _send(client: Client, method: str, path: str, body: Ruleset | None = None) -> Any:
    given = None if body is None else dict(body)
    _, data = client.github.requester.requestJsonAndCheck(method, path, input=given)
    return data
