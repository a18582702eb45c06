"""The run of a workflow that ended: what it was of, from GitHub's API alone, and its artifact's bytes.

Of the event only the number of the run is taken. The head, the pull request and its base are what the API
says of them now; nothing of the artifact names any of them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from github.PullRequest import PullRequest
from github.Repository import Repository

from sluicegate.ci.github.artifact import ARTIFACT, LARGEST_ARCHIVE, Refused
from sluicegate.ci.github.client import Client
from sluicegate.ci.github.event import MOST_BYTES, Event, EventError

SECONDS = 60
_PIECE = 1 << 16
_QUEUED = re.compile(r"gh-readonly-queue/(?P<branch>.+)/pr-\d+-(?P<base>[0-9a-f]{40})")
"""The branch of a merge group, which GitHub names: the base's branch, and the commit it was made on."""


@dataclass(frozen=True)
class Judged:
    """What a run judged: an event as the validate workflow had it, and the pull request, if any."""

    event: Event
    pull: PullRequest | None


def run_number(path: Path) -> tuple[str, int]:
    """(OWNER/REPO, the number of the run) of the event in a file. Raises EventError."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise EventError(f"{path} is larger than any event", "name the event's file with --event")
        payload = json.loads(path.read_bytes())
        repository, number = payload["repository"]["full_name"], payload["workflow_run"]["id"]
    except (OSError, ValueError, RecursionError, KeyError, TypeError) as error:
        raise EventError(
            f"{path} is no event of a run that ended ({type(error).__name__})",
            "start the workflow by `workflow_run`",
        ) from error
    if not isinstance(repository, str) or type(number) is not int:
        raise EventError(f"{path} names no run", "start the workflow by `workflow_run`")
    return repository, number


def judged_by(client: Client, repository: Repository, number: int) -> Judged | None:
    """What a run was of; None where it was of nothing that is reported on, or its head has moved on."""
    run = client.attempt(lambda: repository.get_workflow_run(number))
    if run.event == "merge_group":
        queued = _QUEUED.fullmatch(run.head_branch or "")
        if queued is None:
            return None
        branch = f"refs/heads/{run.head_branch}"
        base_ref = f"refs/heads/{queued['branch']}"
        event = Event(
            "merge_group",
            repository.full_name,
            queued["base"],
            run.head_sha,
            head_ref=branch,
            base_ref=base_ref,
        )
        return Judged(event, None)
    if run.event != "pull_request":
        return None
    pull = _pull_of(client, repository, run)
    if pull is None:
        return None
    origin = pull.head.repo
    fork = origin is None or origin.full_name.lower() != repository.full_name.lower()
    event = Event(
        "pull_request",
        repository.full_name,
        pull.base.sha,
        run.head_sha,
        pull.number,
        fork,
        f"refs/pull/{pull.number}/head",
        f"refs/heads/{pull.base.ref}",
    )
    return Judged(event, pull)


def _pull_of(client: Client, repository: Repository, run: Any) -> PullRequest | None:
    """The open pull request whose head is the run's; a fork's is not among the run's own."""
    owner = run.head_repository.owner.login if run.head_repository is not None else repository.owner.login

    def find() -> PullRequest | None:
        for pull in repository.get_pulls(state="open", head=f"{owner}:{run.head_branch}"):
            if pull.head.sha == run.head_sha:
                return pull
        return None

    return client.attempt(find)


def download(client: Client, repository: Repository, number: int, token: str) -> bytes:
    """The archive of the report that a run left. Raises Refused, and what requests raises."""
    run = client.attempt(lambda: repository.get_workflow_run(number))
    found = client.attempt(lambda: [one for one in run.get_artifacts() if one.name == ARTIFACT])
    if not found:
        raise Refused("no-report", f"the run left no artifact {ARTIFACT}; it ended before there was a report")
    newest = max(found, key=lambda one: one.id)
    if newest.size_in_bytes > LARGEST_ARCHIVE:
        raise Refused("too-large", f"the archive has {newest.size_in_bytes:,} bytes")
    # requests drops the token where the answer leads to another host, as GitHub's does.
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
    with requests.get(newest.archive_download_url, headers=headers, timeout=SECONDS, stream=True) as answer:
        answer.raise_for_status()
        content = bytearray()
        for piece in answer.iter_content(_PIECE):
            content += piece
            if len(content) > LARGEST_ARCHIVE:
                raise Refused("too-large", f"the archive has more than {LARGEST_ARCHIVE:,} bytes")
    return bytes(content)
