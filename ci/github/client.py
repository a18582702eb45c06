"""A connection to GitHub, or to the embedded forge, by PyGithub.

PyGithub's own retries are off: they do not repeat a PATCH, and repeat a POST that may have been applied; here
each attempt reads first what is there already.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

from github import Auth, Github, GithubException
from github.Commit import Commit
from github.IssueComment import IssueComment
from github.PullRequest import PullRequest
from github.Reaction import Reaction
from github.Repository import Repository
from requests import RequestException

from sluicegate.ci.report.text_format import clean
from sluicegate.specs.errors import SluiceError

LOG = logging.getLogger(__name__)
TOKEN_VARIABLES = ("SLUICE_TOKEN", "GITHUB_TOKEN")
ACTIONS_BOT = "github-actions[bot]"
"""The account of an Actions job's own token, which has no access to /user."""
WAITS = (1.0, 3.0, 9.0)
"""Seconds before each further attempt, where GitHub asks for none."""
LONGEST_WAIT = 60.0
RETRIED = (429, 502, 503, 504)
"""Statuses after which the same request may succeed."""
WRITE_ADDRESS = "write it as https://api.github.com"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

T = TypeVar("T")


class GitHubError(SluiceError):
    """The report could not be posted to GitHub."""


@dataclass(frozen=True)
class Client:
    """A connection that tries again where GitHub asks for it."""

    github: Github
    pause: Callable[[float], None] = time.sleep
    """Waits for that many seconds."""

    def attempt(self, act: Callable[[], T]) -> T:
        """Call `act`, and again after 403 with a wait, 429, 502, 503, 504 or a broken connection.

        `act` must read first what is there already, since an attempt that failed may have been applied.
        Raises what the last attempt raised.
        """
        for wait in WAITS:
            try:
                return act()
            except RequestException as error:
                LOG.info("no answer from GitHub, next attempt in %.0f s: %s", wait, error)
                self.pause(wait)
            except GithubException as error:
                asked_for = _wait(error)
                if asked_for is None:
                    raise
                seconds = min(asked_for or wait, LONGEST_WAIT)
                LOG.info("GitHub answered %s, next attempt in %.0f s", error.status, seconds)
                self.pause(seconds)
        return act()

    def own_id(self) -> int:
        """The id of the account that the token writes as."""
        try:
            return self.attempt(lambda: self.github.get_user().id)
        except GithubException as error:
            # An installation's token has no access; SLUICE_BOT names the account, `NAME[bot]` for an App.
            if error.status not in (403, 404) or asks_to_wait(error):
                raise
            login = os.environ.get("SLUICE_BOT", ACTIONS_BOT)
            return self.attempt(lambda: self.github.get_user(login).id)


def commit(repository: Repository, sha: str) -> Commit:
    """A commit to ask for its statuses, runs and pulls; that it is there is not asked for by itself.

    `repository.get_commit` reads it with all its changed files first, which costs a request each time.
    """
    about = {"url": f"{repository.url}/commits/{sha}", "sha": sha}
    return Commit(repository.requester, attributes=about, completed=False)


def is_of(one: IssueComment | PullRequest | Reaction, account: int) -> bool:
    """Whether the account with this id wrote it; GitHub names nobody where the account was deleted."""
    return one.user is not None and one.user.id == account


def token() -> str:
    """The token of the environment. Raises GitHubError."""
    for name in TOKEN_VARIABLES:
        if os.environ.get(name):
            return os.environ[name]
    raise GitHubError("there is no token", f"set {TOKEN_VARIABLES[0]} (or {TOKEN_VARIABLES[1]})")


@contextmanager
def answered(where: str, rights: str) -> Iterator[None]:
    """Raise GitHubError for whatever GitHub, or the way to it, makes of the requests inside.

    `where` names what they are about, `rights` what the token must be allowed to.
    """
    try:
        yield
    except GithubException as error:
        raise GitHubError(
            f"{where}: GitHub answered {error.status}: {message_of(error)}",
            f"check that the token may {rights} there",
        ) from error
    except (RequestException, AssertionError) as error:
        raise GitHubError(
            f"{where}: GitHub cannot be reached: {clean(error, 300)}", "check the address and the network"
        ) from error
    except RuntimeError as error:
        # PyGithub's word for an answer that leads to another scheme or host.
        if "redirected" not in str(error):
            raise
        raise GitHubError(
            f"{where}: {clean(error, 300)}", "name the address of GitHub's API: --api"
        ) from error


def message_of(error: GithubException) -> str:
    """What GitHub says of its refusal, in a line."""
    data = error.data
    return clean(data.get("message", data) if isinstance(data, dict) else data, 300)


def is_locked(error: GithubException) -> bool:
    """Whether a comment is refused because people locked the conversation, whatever the token may."""
    return error.status == 403 and "locked" in message_of(error).lower()


def asks_to_wait(error: GithubException) -> bool:
    """Whether the same request may succeed later: a rate limit's 403 says nothing of a token's rights."""
    return _wait(error) is not None


def _wait(error: GithubException) -> float | None:
    """Seconds to wait before another attempt: 0 where GitHub gives none, None where no attempt would help."""
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    retry_after = headers.get("retry-after", "")
    seconds = float(retry_after) if retry_after.isdecimal() else 0.0
    if error.status in RETRIED:
        return seconds
    rate_limited = bool(retry_after) or "rate limit" in str(error.data).lower()
    return seconds if error.status == 403 and rate_limited else None


def require_encrypted(address: str) -> bool:
    """Whether the address is this machine's; raises GitHubError for another one without https.

    Also for something that is not an address.
    """
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError as error:
        raise GitHubError(f"{address!r} is not an address: {error}", WRITE_ADDRESS) from error
    if not parts.hostname:
        raise GitHubError(f"{address!r} has no host name", WRITE_ADDRESS)
    local = parts.hostname in _LOOPBACK
    encrypted = parts.scheme == "https"
    if not encrypted and not (parts.scheme == "http" and local):
        raise GitHubError(
            f"{address} would send the token unencrypted", "give an address that begins with https://"
        )
    return local


def connect(api: str, token: str, pause: Callable[[float], None] = time.sleep) -> Client:
    """A client of a REST API.

    Raises GitHubError for something that is not an address, or one that would send the token unencrypted.
    """
    local = require_encrypted(api)
    return Client(
        Github(
            base_url=api.rstrip("/"),
            auth=Auth.Token(token),
            per_page=100,
            retry=None,
            timeout=30,
            seconds_between_requests=0.0 if local else 0.25,
            seconds_between_writes=0.0 if local else 1.0,
        ),
        pause,
    )
