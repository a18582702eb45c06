"""What accounts and Apps that are trusted said of a commit on GitHub: commit statuses, and check runs.

Whoever may write to a repository can set a status of any name, so the number of the account counts. A check
run is written by an App alone, and GitHub names that App in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from sluicegate.gate.adapters.github_api import Lookup
from sluicegate.specs.require import STATUS

APP = "app:"
"""What an App begins with where judges are named: `app:4711`, by its id."""


@dataclass(frozen=True)
class Trusted:
    """Whose word counts."""

    accounts: Mapping[str, int] = field(default_factory=dict)
    """The number of each account, by the name that it was given."""
    apps: Sequence[int] = ()

    def __str__(self) -> str:
        names = [f"{name} ({number})" for name, number in self.accounts.items()]
        return " or ".join([*names, *(f"the App {number}" for number in self.apps)])


@dataclass(frozen=True)
class Statement:
    """The newest that one of them said of a commit."""

    said: str
    by: str
    is_good: bool
    at: str
    """ISO 8601 in UTC, as GitHub writes it; empty for a check run that has not ended."""


def newest(lookup: Lookup, commit: str, trusted: Trusted) -> Statement | None:
    """What was said last; a check run that is still at it comes after all that was said.

    Raises Unanswered, and what an answer that makes no sense raises.
    """
    found = [*_statuses(lookup, commit, trusted), *_check_runs(lookup, commit, trusted)]
    return max(found, key=lambda one: (one.at == "", one.at), default=None)


def _statuses(lookup: Lookup, commit: str, trusted: Trusted) -> Iterator[Statement]:
    """The newest status of a commit that one of the accounts wrote."""
    for status in lookup.pages(f"/commits/{commit}/statuses") if trusted.accounts else ():
        creator = status.get("creator") or {}
        if status.get("context") == STATUS and creator.get("id") in trusted.accounts.values():
            by = f"{creator['login']} ({creator['id']})"
            said = str(status.get("description") or "")
            yield Statement(said, by, status.get("state") == "success", str(status["created_at"]))
            return


def _check_runs(lookup: Lookup, commit: str, trusted: Trusted) -> Iterator[Statement]:
    """The newest check run of each App."""
    for app in trusted.apps:
        query = f"check_name={quote(STATUS, safe='')}&app_id={app}&filter=all&per_page=100"
        listed = lookup.get(f"/commits/{commit}/check-runs?{query}") or {"check_runs": []}
        theirs = [run for run in listed["check_runs"] if _is_of(run, app)]
        if theirs:
            yield _statement(max(theirs, key=lambda run: int(run["id"])))


def _is_of(run: Mapping[str, Any], app: int) -> bool:
    return run.get("name") == STATUS and (run.get("app") or {}).get("id") == app


def _statement(run: Mapping[str, Any]) -> Statement:
    app = run["app"]
    said = str((run.get("output") or {}).get("title") or "")
    good = (run.get("status"), run.get("conclusion")) == ("completed", "success")
    at = str(run.get("completed_at") or "") if run.get("status") == "completed" else ""
    return Statement(said, f"the App {app['slug']} ({app['id']})", good, at)
