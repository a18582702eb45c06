"""The run of a workflow that ended: what it was of, from GitHub's API alone, and its artifact's bytes.

Of the event only the number of the run is taken. The head, the pull requests and their bases are what the API
says of them now; the artifact names none of them, and only chooses among several of one head, by its base.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import requests
from github.PullRequest import PullRequest
from github.Repository import Repository
from github.WorkflowRun import WorkflowRun

from sluicegate.ci.github.artifact import ARTIFACT, LARGEST_ARCHIVE, Refused
from sluicegate.ci.github.client import Client, commit
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
    into: str
    """The branch that it would be merged into."""


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


def judged_by(client: Client, repository: Repository, number: int) -> tuple[Judged, ...]:
    """What a run may have been of; nothing where it is not reported on, or its head has moved on.

    GitHub does not say which of several pull requests of one head it was: the report's base does.
    """
    run = client.attempt(lambda: repository.get_workflow_run(number))
    if run.event == "merge_group":
        queued = _QUEUED.fullmatch(run.head_branch or "")
        if queued is None:
            return ()
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
        return (Judged(event, None, queued["branch"]),)
    if run.event != "pull_request":
        return ()
    return tuple(_judged(repository, run, pull) for pull in _pulls_of(client, repository, run))


def _judged(repository: Repository, run: WorkflowRun, pull: PullRequest) -> Judged:
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
    return Judged(event, pull, pull.base.ref)


def _pulls_of(client: Client, repository: Repository, run: WorkflowRun) -> list[PullRequest]:
    """The pull requests whose head is the run's, open or merged meanwhile; the run's own lack those of forks.

    A merge may be faster than the report, and starts no release before there is one. Where the branch has
    another name by now, or the fork is gone, the commit leads to them.
    """
    origin = run.head_repository or repository

    def of_head(pulls: Iterable[PullRequest]) -> list[PullRequest]:
        theirs = [pull for pull in pulls if pull.head.sha == run.head_sha]
        return [pull for pull in theirs if pull.state == "open" or pull.merged_at is not None]

    branch = f"{origin.owner.login}:{run.head_branch}"
    found = client.attempt(lambda: of_head(repository.get_pulls(state="all", head=branch)))
    return found or client.attempt(lambda: of_head(commit(repository, run.head_sha).get_pulls()))


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
