"""The report on a pull request: one comment, one check run, one commit status.

The same calls go to GitHub and to the embedded forge.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress

from github import GithubException, UnknownObjectException
from github.IssueComment import IssueComment
from github.PullRequest import PullRequest
from github.Repository import Repository

from sluicegate.ci.github.checks import context_of, put_check_run, put_status
from sluicegate.ci.github.client import Client, GitHubError, answered, asks_to_wait, connect, is_locked, is_of
from sluicegate.ci.github.client import token as environment_token
from sluicegate.ci.report.comment_body import parse
from sluicegate.ci.report.markdown_comment import comment
from sluicegate.ci.report.markdown_report import KIND
from sluicegate.ci.report.markdown_text import read_marker
from sluicegate.ci.report.text_format import clean
from sluicegate.validators.runner.finding import Report

EDITS = 4
"""How often a comment is written that another edit may have overwritten, or that somebody deleted."""
_TARGET = re.compile(r"(?P<repository>[A-Za-z0-9-]+/[A-Za-z0-9._-]+)#(?P<number>[1-9][0-9]{0,9})")


def post(
    report: Report,
    target: str,
    api: str,
    token: str | None = None,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> str:
    """Post the report to the pull request `OWNER/REPO#N`; returns what was posted, in a sentence.

    `token` is taken from SLUICE_TOKEN or GITHUB_TOKEN where it is not given. Raises GitHubError.
    """
    parts = _TARGET.fullmatch(target)
    if parts is None:
        raise GitHubError(f"{target!r} is not a pull request", "write OWNER/REPO#NUMBER")
    if report.head is None:
        raise GitHubError(
            "the report of a work tree belongs to no commit", "judge commits with --changed BASE..HEAD"
        )
    client = connect(api, token or environment_token(), pause)
    try:
        with answered(target, "write pull requests, checks and statuses"):
            return _post(client, report, parts["repository"], int(parts["number"]))
    finally:
        client.github.close()


def _post(client: Client, report: Report, name: str, number: int) -> str:
    repository = client.attempt(lambda: client.github.get_repo(name))
    pull = client.attempt(lambda: repository.get_pull(number))
    if pull.head.sha != report.head:
        raise GitHubError(
            f"the report is of {clean(report.head, 40)}, and {name}#{number} is now at {pull.head.sha}",
            "judge that commit",
        )
    return write(client, repository, pull, report, pull.base.ref)


def write(client: Client, repository: Repository, pull: PullRequest | None, report: Report, into: str) -> str:
    """The comment, where there is a pull request, and the verdict of the head; what was written, in words.

    `into` is the branch that it would be merged into, by whose rules it was judged.

    A partial run is a comment alone: it vouches for nothing. Where the head has moved on since the run was
    looked up, the comment is left to the report of the new one: the last of two must not be the older.
    """
    posted = []
    if pull is not None:
        head = client.attempt(lambda: repository.get_pull(pull.number)).head.sha
        if head == report.head:
            posted.append(_comment(client, pull, report))
        else:
            posted.append(f"no comment (the head is {head[:12]} by now)")
    where = f"{repository.full_name}#{pull.number}" if pull is not None else repository.full_name
    if not report.complete:
        return f"{where}: {', '.join([*posted, 'neither check run nor status: the run was partial'])}"
    context = context_of(repository, into)
    try:
        run = put_check_run(client, repository, report, context)
        posted.append(f"check run with {run.output.annotations_count} annotations")
    except GithubException as error:
        # Only an App may write check runs; the status below gives the same verdict.
        if error.status not in (403, 404) or asks_to_wait(error):
            raise
        posted.append("no check run (the token is not an App's)")
    put_status(client, repository, report, context)
    return f"{where}: {', '.join(posted)}, status {clean(context)}"


def _comment(client: Client, pull: PullRequest, report: Report) -> str:
    """Where the comment is; a conversation that people locked keeps no verdict back."""
    try:
        return f"comment {put_report(client, pull, report).html_url}"
    except GithubException as error:
        if not is_locked(error):
            raise
        return "no comment (the conversation is locked)"


def put_report(client: Client, pull: PullRequest, report: Report) -> IssueComment:
    """The report's part of the one comment, newly rendered; what the gate told of a rollout is kept."""
    approval = _approval(client, pull)
    rendered = ""

    def write(text: str) -> str:
        nonlocal rendered
        before = parse(text)
        # What is new about it is so in relation to what was there first, whatever attempt this is.
        rendered = rendered or comment(report, before.state, approval)
        return before.with_report(rendered).text()

    return edit_comment(client, pull, write)


def _approval(client: Client, pull: PullRequest) -> str | None:
    """The commit that a reviewer approved, whose newest review that is; None without one."""
    reviews = client.attempt(lambda: list(pull.get_reviews()))
    newest = {
        review.user.id: review
        for review in reviews
        if review.user and review.state in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")
    }
    approved = [review.commit_id for review in newest.values() if review.state == "APPROVED"]
    return approved[-1] if approved else None


def edit_comment(
    client: Client, pull: PullRequest, write: Callable[[str], str], kind: str = KIND
) -> IssueComment:
    """The one comment of this kind: edited where there is one, else created; the same text writes nothing.

    `write` gets what is there, an empty text without a comment, and returns what shall be; of its own text it
    makes the same. The comment is found by its marker, among our own comments only, since anyone can write a
    marker. A duplicate that two runs at once created is deleted. Of two edits at the same time one is lost,
    and people may delete the comment meanwhile: it is read again, and written once more.
    Raises GitHubError where it never is there.
    """
    own = client.own_id()

    def mine() -> list[IssueComment]:
        comments = [
            c for c in pull.get_issue_comments() if is_of(c, own) and read_marker(c.body, kind) is not None
        ]
        return sorted(comments, key=lambda comment: comment.id)

    def put() -> IssueComment:
        existing = mine()
        if not existing:
            return pull.create_issue_comment(write(""))
        body = write(existing[0].body)
        if existing[0].body != body:
            with suppress(UnknownObjectException):  # deleted since: it is not there when it is read again
                existing[0].edit(body)
        return existing[0]

    before = None
    for _ in range(EDITS):
        shown = client.attempt(put)
        found = client.attempt(mine)
        for duplicate in found[1:]:
            with suppress(UnknownObjectException):  # the other run has deleted it
                client.attempt(duplicate.delete)
        if found:
            shown = found[0]
            # What GitHub keeps otherwise than it was sent is not sent for ever.
            if shown.body in (before, write(shown.body)):
                break
            before = shown.body
    if not found:
        raise GitHubError(f"{pull.html_url}: what was written is not there", "see who deletes it")
    return shown
