"""Bring the commits of an event, and their history, into a clone that a workflow checked out.

A checkout of Actions holds one commit, for a pull request its merge into the base, which nobody wrote. What
a change brings is counted from the merge base, and is compared with versions that older commits brought: both
need the history, so all of it is fetched, and only once.
"""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import urlsplit

from sluicegate.ci.github.client import require_encrypted
from sluicegate.ci.github.event import Event, EventError
from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.command import call, last_words, shown
from sluicegate.gate.adapters.git.repository import EVIDENCE

BASE, HEAD = "refs/sluice/base", "refs/sluice/head"
"""Where the two commits are kept, so that nothing prunes them."""
SECONDS = 1800.0
"""The most that a fetch may take: the history of a repository with large files."""
_OPTIONS = (
    "--quiet",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--no-recurse-submodules",
)


def fetch(git: Path, event: Event, server: str, token: str | None = None) -> bool:
    """Fetch base and head with their whole history from `server`; whether anything was missing.

    `git` is the clone's git directory, `server` the address of the forge, such as GITHUB_SERVER_URL. Raises
    EventError where the forge does not serve a commit any more, GitHubError for an address that would send
    the token unencrypted.
    """
    shallow = is_shallow(git)
    if not shallow and has(git, event.base) and has(git, event.head):
        return False
    address = f"{server.rstrip('/')}/{event.repository}.git"
    deepen = ("--unshallow",) if shallow else ()
    settings = _authorization(address, token)
    wanted = (f"+{event.base}:{BASE}", f"+{event.head}:{HEAD}")
    done = call(git, "fetch", *_OPTIONS, *deepen, address, *wanted, extra=settings, seconds=SECONDS)
    if done.returncode:
        # A server that serves no commit by its id serves the refs, which may have gone on since.
        refs = (f"+{event.base_ref}:{BASE}", f"+{event.head_ref}:{HEAD}")
        done = call(git, "fetch", *_OPTIONS, *deepen, address, *refs, extra=settings, seconds=SECONDS)
    missing = [sha for sha in (event.base, event.head) if not has(git, sha)]
    if done.returncode and missing:
        raise EventError(
            f"{shown(address)} does not give {missing[0]}: {last_words(done)[:300]}",
            "give the step a token that may read the repository (permissions: contents: read)",
        )
    if missing:
        raise EventError(
            f"{missing[0]} is not served any more: the branch was rewritten after the event",
            "nothing has to be done where a newer event judges it; else run the workflow again",
        )
    return True


def fetch_evidence(git: Path, event: Event, server: str, token: str | None = None) -> bool:
    """Bring the branch of the evidence, which has approvals and overrides, to where a clone keeps it.

    Whether it is there; without it nothing counts as approved or overridden. Raises GitHubError as above.
    """
    address = f"{server.rstrip('/')}/{event.repository}.git"
    branch = f"+refs/heads/{EVIDENCE}:refs/remotes/origin/{EVIDENCE}"
    settings = _authorization(address, token)
    done = call(git, "fetch", *_OPTIONS, address, branch, extra=settings, seconds=SECONDS)
    return done.returncode == 0


def is_shallow(git: Path) -> bool:
    """Whether a clone has its history cut off."""
    return call(git, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"


def has(git: Path, sha: str) -> bool:
    """Whether the clone holds this commit."""
    return BareRepository(git).commit_named(sha) == sha


def _authorization(address: str, token: str | None) -> dict[str, str]:
    """Environment that lets git send the token to this server alone; not an argument, which `ps` would show.

    The empty value drops a header that actions/checkout may have left: GitHub refuses two.
    """
    if not token:
        return {}
    require_encrypted(address)
    parts = urlsplit(address)
    key = f"http.{parts.scheme}://{parts.netloc}/.extraheader"
    secret = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    return {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": key,
        "GIT_CONFIG_VALUE_0": "",
        "GIT_CONFIG_KEY_1": key,
        "GIT_CONFIG_VALUE_1": f"AUTHORIZATION: basic {secret}",
    }
