"""GitHub's REST API as the gate reads it: bounded GETs of JSON, and no writing.

A lookup has a number of requests and of seconds for all of them together; whatever goes wrong is Unanswered.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urljoin, urlsplit

import urllib3

from sluicegate.gate.adapters.bounded_http import Answer, Deadline, NoAnswer, send, with_deadlines
from sluicegate.specs.errors import SluiceError
from sluicegate.specs.yamlio import InputError

REQUESTS = 40
"""In one lookup, at most."""
SECONDS = 20.0
"""For all requests of one lookup together."""
A_PAGE = 100
_MOVED = (301, 302, 307, 308)
"""What GitHub answers for a repository that was renamed or has another owner."""
_REPOSITORY = re.compile(r"[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Unanswered(SluiceError):
    """GitHub gave no answer that says anything: it is down, refuses, or took too long."""


@dataclass(frozen=True)
class GitHubRepository:
    """A repository on GitHub, and by which address and token it is read."""

    name: str
    """OWNER/REPO."""
    api: str = "https://api.github.com"
    token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Raises InputError for a name or an address that is none, or that would send the token in clear."""
        if _REPOSITORY.fullmatch(self.name) is None:
            raise InputError.of(f"{self.name!r} is not a repository of GitHub", "write OWNER/REPO")
        parts = urlsplit(self.api)
        local = parts.scheme == "http" and parts.hostname in _LOOPBACK
        if not parts.hostname or (parts.scheme != "https" and not local):
            raise InputError.of(
                f"{self.api!r} is not an address of GitHub's API", "write it as https://api.github.com"
            )

    def lookup(self) -> Lookup:
        """A lookup with its own limits."""
        return Lookup(self)


class Lookup:
    """Some GETs that belong together."""

    def __init__(self, repository: GitHubRepository) -> None:
        self._repository = repository
        self._deadline = Deadline(SECONDS)
        self._left = REQUESTS
        self._manager = with_deadlines(urllib3.PoolManager())

    def get(self, path: str) -> Any:
        """The JSON below `/repos/OWNER/REPO`; None for 404 and 422, as for a commit GitHub does not have.

        Raises Unanswered.
        """
        return self.get_any(f"/repos/{self._repository.name}{path}")

    def pages(self, path: str) -> Iterator[Any]:
        """The items of a list below `/repos/OWNER/REPO`, page after page as they are asked for. As `get`."""
        for page in count(1):
            listed = self.get(f"{path}?per_page={A_PAGE}&page={page}") or []
            yield from listed
            if len(listed) < A_PAGE:
                return

    def get_any(self, path: str) -> Any:
        """The JSON at a path of the API, also of a repository that has another name by now. As `get`."""
        headers = {"Accept": "application/vnd.github+json", "User-Agent": "sluicegate"}
        if self._repository.token:
            headers["Authorization"] = f"Bearer {self._repository.token}"
        url = self._repository.api.rstrip("/") + path
        answer = self._send(url, headers)
        if answer.status in _MOVED:
            moved = urljoin(url, answer.headers.get("Location", ""))
            if urlsplit(moved)[:2] != urlsplit(url)[:2]:  # whoever is there does not get the token
                raise Unanswered(f"GitHub answered {answer.status} to {path}, which leads to another host")
            answer = self._send(moved, headers)
        if answer.status in (404, 422):
            return None
        if answer.status != 200:
            raise Unanswered(f"GitHub answered {answer.status} to {path}")
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise Unanswered(f"GitHub answered {path} with something that is not JSON") from error

    def _send(self, url: str, headers: Mapping[str, str]) -> Answer:
        if self._left == 0:
            raise Unanswered(f"more than {REQUESTS} requests would be needed")
        self._left -= 1
        try:
            return send(self._manager, "GET", url, self._deadline, headers=headers)
        except NoAnswer as error:
            raise Unanswered(f"GitHub {error}") from error
