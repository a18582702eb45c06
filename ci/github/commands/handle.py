"""One comment from its event to its answer: read, taken up once, permitted, carried out, answered."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from github import GithubException, UnknownObjectException
from github.IssueComment import IssueComment
from github.PullRequest import PullRequest
from requests import RequestException

from sluicegate.ci.github.client import Client, asks_to_wait, is_of, message_of
from sluicegate.ci.github.commands import after_merge, answer, before_merge
from sluicegate.ci.github.commands.answer import Answer
from sluicegate.ci.github.commands.change import change_of
from sluicegate.ci.github.commands.context import Context, Refused, Tools
from sluicegate.ci.github.commands.event import NOBODY, Comment
from sluicegate.ci.github.commands.parse import Misuse, Request, parse
from sluicegate.ci.github.commands.people import People
from sluicegate.ci.github.commands.rights import (
    AFTER_MERGE,
    BEFORE_MERGE,
    RIGHTS,
    WITHOUT_MERGE,
    refusal,
)
from sluicegate.ci.github.comment import edit_comment
from sluicegate.ci.report.text_format import clean
from sluicegate.gate.adapters.git.command import GitError
from sluicegate.gate.daemon.state import state_of
from sluicegate.specs import crash_log, layout
from sluicegate.specs.errors import SluiceError
from sluicegate.specs.redaction import redacted
from sluicegate.specs.suggestions import suggest_one_of
from sluicegate.validators.runner.registry import checks

logger = logging.getLogger(__name__)

Act = Callable[[Context, Request], str]
_BEFORE: Mapping[str, Act] = {
    "recheck": before_merge.recheck,
    "approve": before_merge.approve,
    "override": before_merge.override,
}
UNANSWERED = (GithubException, RequestException)
"""What GitHub, or the way to it, makes of a request that it does not carry out."""
USABLE = {"open": BEFORE_MERGE, "merged": AFTER_MERGE, "closed": WITHOUT_MERGE}


@dataclass(frozen=True)
class Handled:
    """What became of a comment."""

    words: str
    answers: tuple[Answer, ...] = ()
    crashed: bool = False
    lacking: bool = False
    """Whether something was asked for that our own token may not do, or that GitHub did not do."""


def handle(comment: Comment, tools: Tools) -> Handled:
    """Carry out the commands of a comment, at most once, in order, and answer in one comment.

    Raises GithubException where GitHub cannot be asked at all.
    """
    why = ignored(comment)
    requests = () if why else parse(comment.body)
    if why or not requests:
        return Handled(why or "the comment has no command")
    client = tools.client
    hosted = client.attempt(lambda: client.github.get_repo(comment.repository))
    own = client.own_id()
    if comment.user == own:
        return Handled("the comment is our own")
    pull = client.attempt(lambda: hosted.get_pull(comment.number))
    try:
        written = client.attempt(lambda: pull.get_issue_comment(comment.id))
    except UnknownObjectException:
        return Handled("the comment is gone")
    if not _take_up(client, written, own):
        return Handled("the comment was taken up before: it is carried out once")
    answers: list[Answer] = []
    faults: list[Exception] = []
    context: Context | None = None
    try:
        change = change_of(pull, tools.repository, tools.branch)
        context = Context(tools, comment, hosted, pull, own, change, People(client, hosted))
        for request in requests:
            context = _now(context)
            one, fault = _answer(context, request)
            answers.append(one)
            faults += [] if fault is None else [fault]
    except SluiceError as error:
        # Whoever commands is answered, also where nothing can be carried out on this pull request.
        rest = requests[len(answers) :]
        answers += [
            Answer(one.line, by(comment), pull.head.sha, False, str(error), comment.id) for one in rest
        ]
        faults += [error] if isinstance(error, GitError) else []
    words = f"{sum(one.ok for one in answers)} of {len(answers)} commands carried out"
    try:
        helps = context is not None and any(_asks_for_help(request) for request in requests)
        usable = _usable(context) if context is not None and helps else ()
        _post(client, pull, answers, usable)
        sign = "+1" if all(one.ok for one in answers) else "-1"
        client.attempt(lambda: written.create_reaction(sign))
    except UNANSWERED as error:
        # What was done is done: the log of the job has it where the pull request cannot.
        faults.append(error)
        words += f", and the answer is not on the pull request: {_said(error)}"
    lacking = any(isinstance(fault, (*UNANSWERED, GitError)) for fault in faults)
    crashed = any(not isinstance(fault, (*UNANSWERED, GitError)) for fault in faults)
    return Handled(words, tuple(answers), crashed, lacking)


def ignored(comment: Comment) -> str | None:
    """Why a comment is not even read; None where it is."""
    if comment.action != "created":
        return f"the comment was {comment.action}, and only what is written anew commands"
    if not comment.of_pull:
        return "the comment is on an issue"
    if comment.robot:
        return "the comment is a robot's"
    if comment.user == NOBODY:
        return "whoever wrote the comment has no account any more"
    return None


def _take_up(client: Client, written: IssueComment, own: int) -> bool:
    """React with eyes, unless we have reacted before: an event that comes twice is carried out once.

    A run that ended in between leaves its comment undone; whoever wrote it sees eyes and no thumb.
    """
    mine = client.attempt(lambda: [one for one in written.get_reactions() if is_of(one, own)])
    if mine:
        return False
    client.attempt(lambda: written.create_reaction("eyes"))
    return True


def _now(context: Context) -> Context:
    """The context with main as it is now: what one command did, the next one sees. Raises GitError."""
    tools = context.tools
    return replace(context, change=replace(context.change, state=state_of(tools.repository, tools.branch)))


def _answer(context: Context, request: Request | Misuse) -> tuple[Answer, Exception | None]:
    """What became of one command, and the fault that is not the reader's: of GitHub, git or the program."""
    fault: Exception | None = None
    ok = False
    try:
        if isinstance(request, Misuse):
            raise Refused(request.problem, request.remedy)
        words, ok = _carry_out(context, request), True
    except GitError as error:
        words, fault = str(error), error
    except SluiceError as error:
        words = str(error)
    except UNANSWERED as error:
        words, fault = f"{_said(error)}; nothing further was done", error
    except Exception as error:
        logger.exception("a command crashed")
        named = f"{type(error).__name__}: {redacted(str(error))}"
        words, fault = f"the command crashed ({named}); {crash_log.reference(error)}", error
    comment = context.comment
    return Answer(request.line, by(comment), context.change.head, ok, words, comment.id), fault


def by(comment: Comment) -> str:
    """Who wrote a comment, as answers name them."""
    return f"@{comment.login}"


def _said(error: GithubException | RequestException) -> str:
    """GitHub's refusal, and whose token it is about."""
    if isinstance(error, RequestException):
        return f"GitHub cannot be reached: {clean(error, 300)}"
    if error.status in (401, 403, 404) and not asks_to_wait(error):
        lacks = "the token of Sluicegate's job may not do it: docs/github.md has the rights that it needs"
        return f"GitHub answered {error.status}: {message_of(error)}; {lacks}"
    return f"GitHub answered {error.status}: {message_of(error)}"


def _carry_out(context: Context, request: Request) -> str:
    stage = context.change.stage
    if request.name == "help":
        return "these commands are yours"
    if request.name == "explain":
        return _explain(request.check or "")
    if request.name not in USABLE[stage]:
        raise Refused(
            f"a pull request that is {stage} has no `{request.name}`", f"use {', '.join(USABLE[stage])}"
        )
    return (
        after_merge.carry_out(context, request) if context.merged else _BEFORE[request.name](context, request)
    )


def _explain(name: str) -> str:
    known = checks()
    if name not in known:
        raise Refused(f"there is no check {name!r}", suggest_one_of(name, known))
    check = known[name]
    return "\n".join(part for part in (check.title, check.explanation, f"Fix: {check.remedy}") if part)


def _asks_for_help(request: Request | Misuse) -> bool:
    return isinstance(request, Misuse) or request.name == "help"


def _usable(context: Context) -> tuple[str, ...]:
    """The commands that the author of the comment may use here."""
    change = context.change
    paths = change.changes.paths
    if context.merged:
        paths = tuple(map(layout.model_path, change.changes.models))
    who = context.standing(paths)
    return tuple(
        name for name in RIGHTS if name in USABLE[change.stage] and not refusal(context.right(name), who)
    )


def _post(client: Client, pull: PullRequest, answers: list[Answer], usable: tuple[str, ...]) -> None:
    """Write the answer into our one comment, before those that it has."""

    def write(body: str) -> str:
        earlier = answer.answered(body)
        if any(one.comment == answers[0].comment for one in earlier):
            return body
        return answer.render(answers, earlier, usable)

    edit_comment(client, pull, write, answer.KIND)
