"""The report on a pull request: one comment, one check run, one commit status, by PyGithub.

The same calls go to GitHub and to the embedded forge. PyGithub's own retries are off: they leave a PATCH out,
and repeat a POST that may have been applied; here each attempt looks first at what is there already.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from github import Auth, Github, GithubException, UnknownObjectException
from github.CheckRun import CheckRun
from github.IssueComment import IssueComment
from github.PullRequest import PullRequest
from github.Repository import Repository
from requests import RequestException

from sluicegate.ci.report.markdown_report import KIND
from sluicegate.ci.report.markdown_report import render as render_markdown
from sluicegate.ci.report.markdown_text import read_marker
from sluicegate.ci.report.overview import blockers, traffic_impact
from sluicegate.ci.report.text_format import clean, observed
from sluicegate.specs.errors import SluiceError
from sluicegate.validators.runner.finding import Finding, Report, Verdict

CONTEXT = "sluice/validate"
ACTIONS_BOT = "github-actions[bot]"
"""Who writes with an Actions job's own token, which may not ask who it is."""
A_REQUEST = 50
"""Annotations that GitHub takes at once."""
MOST = 100
"""Annotations in all; some hundred more hang the page (reviewdog#1008)."""
WAITS = (1.0, 3.0, 9.0)
"""Seconds before each further attempt, where GitHub names none."""
LONGEST_WAIT = 60.0
EXAMPLE = "https://api.github.com"
_TARGET = re.compile(r"(?P<repository>[A-Za-z0-9-]+/[A-Za-z0-9._-]+)#(?P<number>[1-9][0-9]{0,9})")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_CONCLUSION = {True: "success", False: "failure"}
_LEVEL = {Verdict.FAIL: "failure", Verdict.ERROR: "failure", Verdict.INCONCLUSIVE: "warning"}

T = TypeVar("T")


class GitHubError(SluiceError):
    """GitHub could not be told; the message says why and ends in a remedy."""


@dataclass(frozen=True)
class Client:
    """A connection: who we are is asked once, how a wait is waited can be told."""

    github: Github
    pause: Callable[[float], None] = time.sleep

    def attempt(self, act: Callable[[], T]) -> T:
        """Do it, again after 403 with a wait, 429, 502, 503 or 504. It must look first at what is there.

        Raises what the last attempt raised.
        """
        for wait in WAITS:
            try:
                return act()
            except RequestException:
                self.pause(wait)
            except GithubException as error:
                told = _wait(error)
                if told is None:
                    raise
                self.pause(min(told or wait, LONGEST_WAIT))
        return act()

    def own_id(self) -> int:
        """The id of the account that the token writes as."""
        try:
            return self.attempt(lambda: self.github.get_user().id)
        except GithubException as error:
            # An installation's token may not ask; SLUICE_BOT then names the account, `NAME[bot]` for an App.
            if error.status not in (403, 404):
                raise
            login = os.environ.get("SLUICE_BOT", ACTIONS_BOT)
            return self.attempt(lambda: self.github.get_user(login).id)


def _wait(error: GithubException) -> float | None:
    """Seconds to wait before another attempt: 0 where GitHub names none, None where none would help."""
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    named = headers.get("retry-after", "")
    seconds = float(named) if named.isdecimal() else 0.0
    if error.status in (429, 502, 503, 504):
        return seconds
    limited = bool(named) or "rate limit" in str(error.data).lower()
    return seconds if error.status == 403 and limited else None


def connect(api: str, token: str, pause: Callable[[float], None] = time.sleep) -> Client:
    """A client of a REST API.

    Raises GitHubError for what is no address, or one that would send the token in the clear.
    """
    try:
        parts = urlsplit(api)
        _ = parts.port
    except ValueError as error:
        raise GitHubError(f"{api!r} is no address: {error}; write it as {EXAMPLE}") from error
    if not parts.hostname:
        raise GitHubError(f"{api!r} names no host; write it as {EXAMPLE}")
    local = parts.hostname in _LOOPBACK
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise GitHubError(
            f"{api} would send the token unencrypted; give an address that begins with https://"
        )
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


def post(
    report: Report,
    target: str,
    api: str,
    token: str | None = None,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> str:
    """Tell the pull request `OWNER/REPO#N`; says in a sentence what was done. Raises GitHubError.

    `token` is taken from SLUICE_TOKEN or GITHUB_TOKEN where it is not given.
    """
    found = _TARGET.fullmatch(target)
    if found is None:
        raise GitHubError(f"{target!r} is no pull request; write OWNER/REPO#NUMBER")
    if report.head is None:
        raise GitHubError(
            "a work tree's report belongs to no commit; judge commits with --changed BASE..HEAD"
        )
    token = token or os.environ.get("SLUICE_TOKEN") or os.environ.get("GITHUB_TOKEN")
    if not token:
        raise GitHubError("there is no token; set SLUICE_TOKEN (or GITHUB_TOKEN)")
    client = connect(api, token, pause)
    try:
        return _tell(client, report, found["repository"], int(found["number"]))
    except GithubException as error:
        said = error.data.get("message", error.data) if isinstance(error.data, dict) else error.data
        raise GitHubError(
            f"{target}: GitHub answered {error.status}: {clean(said, 300)}; see that the token may write "
            "pull requests, checks and statuses there"
        ) from error
    except (RequestException, AssertionError) as error:
        raise GitHubError(f"{api} cannot be reached: {clean(error, 300)}; see address and network") from error
    finally:
        client.github.close()


def _tell(client: Client, report: Report, name: str, number: int) -> str:
    repository = client.attempt(lambda: client.github.get_repo(name))
    pull = client.attempt(lambda: repository.get_pull(number))
    if pull.head.sha != report.head:
        raise GitHubError(
            f"the report is of {clean(report.head, 40)}, and {name}#{number} stands at {pull.head.sha}; "
            "judge that commit"
        )
    comment = upsert_comment(client, pull, render_markdown(report))
    said = [f"comment {comment.html_url}"]
    try:
        run = put_check_run(client, repository, report)
        said.append(f"check run with {run.output.annotations_count} annotations")
    except GithubException as error:
        # Only an App may write check runs; the status below says the same in a line.
        if error.status not in (403, 404):
            raise
        said.append("no check run (the token is not an App's)")
    put_status(client, repository, report)
    return f"{name}#{number}: {', '.join(said)}, status {CONTEXT}"


def upsert_comment(client: Client, pull: PullRequest, body: str, kind: str = KIND) -> IssueComment:
    """The one comment of this kind: edited where it is, else written. What races doubled is removed.

    It is found by its marker among our own comments alone, over all pages: anyone can write a marker.
    """
    own = client.own_id()

    def mine() -> list[IssueComment]:
        comments = [
            c for c in pull.get_issue_comments() if c.user.id == own and read_marker(c.body, kind) is not None
        ]
        return sorted(comments, key=lambda comment: comment.id)

    def put() -> None:
        there = mine()
        if not there:
            pull.create_issue_comment(body)
        elif there[0].body != body:
            there[0].edit(body)

    client.attempt(put)
    first, *doubled = client.attempt(mine)
    for extra in doubled:
        try:
            client.attempt(extra.delete)
        except UnknownObjectException:
            continue  # the other run has removed it
    return first


def put_check_run(client: Client, repository: Repository, report: Report) -> CheckRun:
    """A completed check run of the head, with what blocks as annotations, fifty a request."""
    summary = render_markdown(report)
    external = hashlib.sha256(summary.encode()).hexdigest()
    notes = notes_on_lines(report)
    output = {"title": clean(f"{report.verdict}: {traffic_impact(report)}", 255), "summary": summary}
    head = str(report.head)

    def create() -> CheckRun:
        for run in repository.get_commit(head).get_check_runs(check_name=CONTEXT):
            if run.external_id == external:
                return run
        return repository.create_check_run(
            name=CONTEXT,
            head_sha=head,
            status="completed",
            conclusion=_CONCLUSION[report.verdict.good],
            external_id=external,
            output={**output, "annotations": notes[:A_REQUEST]},
        )

    run = client.attempt(create)

    def append() -> bool:
        """The next fifty after those that are there; whether none is missing any more."""
        there = repository.get_check_run(run.id).output.annotations_count
        if there < len(notes):
            run.edit(output={**output, "annotations": notes[there : there + A_REQUEST]})
        return there >= len(notes)

    for _ in range(-(-len(notes) // A_REQUEST) + 1):
        if client.attempt(append):
            break
    return client.attempt(lambda: repository.get_check_run(run.id))


def notes_on_lines(report: Report) -> list[dict[str, Any]]:
    """What blocks and has a place in a file, worst first, as the API wants it; at most a hundred."""
    return [_annotation(finding) for finding in blockers(report) if finding.path][:MOST]


def _annotation(finding: Finding) -> dict[str, Any]:
    figures = f"\nobserved {observed(finding)}" if finding.observed is not None else ""
    remedy = f"\n→ {clean(finding.remedy)}" if finding.remedy else ""
    line = finding.line or 1
    return {
        "path": clean(finding.path, 255),
        "start_line": line,
        "end_line": line,
        "annotation_level": _LEVEL[finding.verdict],
        "title": clean(f"{finding.model}: {finding.check}" if finding.model else finding.check, 255),
        "message": f"{clean(finding.message)}{figures}{remedy}",
    }


def put_status(client: Client, repository: Repository, report: Report) -> None:
    """The commit status, for those who require it without an App; writing it twice is harmless."""
    state = "error" if report.verdict is Verdict.ERROR else _CONCLUSION[report.verdict.good]
    said = clean(f"{report.verdict}: {traffic_impact(report)}", 140)
    head = repository.get_commit(str(report.head))
    client.attempt(lambda: head.create_status(state=state, description=said, context=CONTEXT))
