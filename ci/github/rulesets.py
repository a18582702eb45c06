"""The rulesets of a repository on GitHub, beside those that its own files declare: compared, and applied.

A ruleset is known by its name. What GitHub adds to one (ids, dates, parameters that a file does not name) is
no difference: only what a file says is compared. Rulesets of other names are left alone.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from github import GithubException
from requests import RequestException

from sluicegate.ci.github.client import Client, GitHubError
from sluicegate.ci.report.text_format import clean
from sluicegate.specs.yamlio import InputError

Ruleset = Mapping[str, Any]
T = TypeVar("T")
KEYS = ("name", "target", "enforcement", "conditions", "bypass_actors", "rules")
"""What a file says; all of it, so that nothing is left to what GitHub had before."""
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
        raise InputError.of(f"{file} is no JSON: {clean(error, 200)}", "write it with `sluice init`") from error
    if not isinstance(data, dict) or set(data) != set(KEYS) or not isinstance(data.get("name"), str):
        raise InputError.of(
            f"{file} is no ruleset: it has to say {', '.join(KEYS)}, and no more", "see .github/rulesets"
        )
    return {key: data[key] for key in KEYS}


def compare(client: Client, repository: str, wanted: Sequence[Ruleset]) -> list[Change]:
    """What would become of each declared ruleset. Raises GitHubError."""
    listed = _paged(client, f"/repos/{repository}/rulesets?includes_parents=false&per_page=100")
    ids = {ruleset["name"]: ruleset["id"] for ruleset in listed}
    changes = []
    for ruleset in wanted:
        id = ids.get(ruleset["name"])
        there = None if id is None else _ask(client, "GET", f"/repos/{repository}/rulesets/{id}")
        if there is not None and "bypass_actors" not in there:
            raise GitHubError(
                f"{repository}: GitHub does not tell who may pass by the rules", "use an administrator's token"
            )
        changes.append(Change(ruleset, None if there is None else _like(there, ruleset), id))
    return changes


def apply(client: Client, repository: str, change: Change) -> None:
    """Create or replace one ruleset. Raises GitHubError."""
    if change.kind == "create":
        _ask(client, "POST", f"/repos/{repository}/rulesets", change.wanted)
    elif change.kind == "update":
        _ask(client, "PUT", f"/repos/{repository}/rulesets/{change.id}", change.wanted)


def _like(found: Any, wanted: Any) -> Any:
    """What GitHub has, without what the file does not speak of, and in the file's order of rules and names."""
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


def _paged(client: Client, path: str) -> list[Any]:
    found: list[Any] = []
    page = 1
    while True:
        some = _ask(client, "GET", f"{path}&page={page}")
        found += some
        if len(some) < 100:
            return found
        page += 1


def _ask(client: Client, method: str, path: str, body: Ruleset | None = None) -> Any:
    """One request. A repeated POST that was applied before answers 422, which is reported."""

    def request() -> Any:
        _, data = client.github.requester.requestJsonAndCheck(method, path, input=dict(body) if body else None)
        return data

    return _reported(lambda: client.attempt(request), f"{method} {path.partition('?')[0]}")


def _reported(act: Callable[[], T], what: str) -> T:
    try:
        return act()
    except GithubException as error:
        message = error.data.get("message", "") if isinstance(error.data, dict) else error.data
        raise GitHubError(
            f"{what}: GitHub answered {error.status}: {clean(message, 300)}",
            "use a token with the right `administration`; a repository that is private needs a plan with rulesets",
        ) from error
    except (RequestException, AssertionError) as error:
        raise GitHubError(f"{what}: no answer: {clean(error, 300)}", "check the address and the network") from error
