"""Commands on an open pull request: recheck, approve, override. What is said is recorded for one head."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from github import GithubException
from github.IssueComment import IssueComment

from sluicegate.ci.github.client import is_of
from sluicegate.ci.github.commands.context import Context, Refused
from sluicegate.ci.github.commands.parse import Request
from sluicegate.ci.github.commands.rights import Standing, refusal
from sluicegate.ci.model_reader import load
from sluicegate.ci.report.markdown_comment import MOST_REMEMBERED
from sluicegate.ci.report.markdown_report import KIND
from sluicegate.ci.report.markdown_text import read_marker
from sluicegate.gate.adapters.git.repository import EVIDENCE
from sluicegate.gate.daemon import review_writing, reviews
from sluicegate.gate.daemon.keys import trusted
from sluicegate.specs import layout, repository
from sluicegate.specs.reviews import Review, ReviewKind
from sluicegate.specs.suggestions import suggest_one_of
from sluicegate.validators.checks.approvals import OWNERS
from sluicegate.validators.runner.registry import NEVER_WAIVED, checks
from sluicegate.validators.submission.approval import approvers
from sluicegate.validators.submission.loosening import loosened

WORKFLOW = "sluice-validate.yaml"
"""The workflow that judges pull requests, as `sluice init` writes it."""
SIGN = f"give SLUICE_SIGNING_KEY a key whose public half is in {layout.TRUSTED_KEYS}: docs/evidence.md"
LONGEST_OVERRIDE = timedelta(days=90)
DEFAULT_OVERRIDE = timedelta(days=14)
"""How long an override counts at most where it names no day; it ends with its head in any case."""


def recheck(context: Context, request: Request) -> str:
    """Run the workflow that judged this head once more. Raises Refused, GithubException."""
    del request
    _require(context, "recheck", context.standing(()))
    return _judge_again(context)


def approve(context: Context, request: Request) -> str:
    """Record that the head is approved. Raises Refused, SluiceError."""
    who = context.standing(context.change.changes.paths)
    _require(context, "approve", who)
    require_seen(context, request)
    commit = _record(context, request, "approve", who, dict(context.change.models))
    words = [f"{context.change.head[:12]} is approved, commit {commit[:12]}"]
    if who.author:
        words.append("As the author you are one of two owners for a looser rule, and no approval by itself.")
    words += _what_is_missing(context)
    words.append(_judged_again(context))
    return "\n".join(words)


def override(context: Context, request: Request) -> str:
    """Record that a check's refusal is accepted for this head. Raises Refused, SluiceError."""
    models = dict(context.change.models)
    if request.model is not None:
        models = {name: tree for name, tree in models.items() if name == request.model}
    if not models:
        raise Refused("the pull request touches no such model", "an override is of a model's check")
    check = _waivable(request.check or "")
    _require(context, "override", context.standing(()), only_author=True)
    for name in sorted(models):
        _require(context, "override", context.standing((layout.model_path(name),)))
    require_seen(context, request)
    _require_refusal(context, check, models)
    who = context.standing(tuple(map(layout.model_path, sorted(models))))
    until = _last_day(context, request)
    commit = _record(context, request, "override", who, models, check=check, until=until.isoformat())
    said = f"{check} is overridden for {', '.join(sorted(models))} at {context.change.head[:12]}"
    ends = f"it ends with the next push, or after {until.isoformat()}"
    return "\n".join([f"{said}, commit {commit[:12]}; {ends}", _judged_again(context)])


def require_seen(context: Context, request: Request) -> None:
    """Refuse what may be about another head than the one that is there now.

    A comment says nothing of the commit that its author had before their eyes. It counts where they name it,
    or where our report is of this head and was there, as it is now, when they wrote. Raises Refused.
    """
    head = context.change.head
    if request.head is not None:
        if not head.startswith(request.head):
            raise Refused(f"the head is {head[:12]} by now, and not {request.head[:12]}", "look at it again")
        return
    found = [one for one, _ in _reports(context)]
    name_it = f"or name the head that you have seen: --head {head[:12]}"
    if not found:
        raise Refused(f"there is no report of the head {head[:12]} yet", f"read it first, {name_it}")
    written = max(one.updated_at for one in found)
    if written > context.comment.created_at:
        moved = f"the report of {head[:12]} was written at {written:%H:%M:%S}, after your comment"
        raise Refused(moved, f"read it and write again, {name_it}")


def _reports(context: Context) -> list[tuple[IssueComment, Mapping[str, Any]]]:
    """Our reports of the present head, each with what its hidden line says."""
    states = [
        (one, read_marker(one.body, KIND) or {})
        for one in context.pull.get_issue_comments()
        if is_of(one, context.own)
    ]
    return [(one, state) for one, state in states if state.get("head") == context.change.head]


def _require_refusal(context: Context, check: str, models: Mapping[str, str]) -> None:
    """Refuse to override what the report of this head says stops nothing. Raises Refused.

    A report that names as many refusals as it remembers may have more.
    """
    for _, state in _reports(context):
        stops = state.get("stops")
        if not isinstance(stops, list) or len(stops) >= MOST_REMEMBERED:
            continue
        if not any(f"{model}/{check}" in stops for model in models):
            at = f"at {context.change.head[:12]}"
            raise Refused(f"{check} stops nothing {at}", "see the report for what does; nothing was recorded")


def _require(context: Context, name: str, who: Standing, *, only_author: bool = False) -> None:
    """Raise Refused unless they may; `only_author`: look at whose pull request it is alone."""
    right = context.right(name)
    if only_author and (right.by_author or not who.author):
        return
    why = refusal(right, who)
    if why is not None:
        raise Refused(why, "ask somebody who may")


def _waivable(name: str) -> str:
    known = checks()
    if name not in known:
        raise Refused(f"there is no check {name!r}", suggest_one_of(name, known))
    if not known[name].waivable:
        guards = ", ".join(NEVER_WAIVED)
        raise Refused(f"{name} is never overridden: it is of {guards}, or of no model", "mend what it names")
    return name


def _last_day(context: Context, request: Request) -> date:
    today = context.tools.clock().date()
    until = request.until or today + DEFAULT_OVERRIDE
    if not today <= until <= today + LONGEST_OVERRIDE:
        limits = f"between today and {(today + LONGEST_OVERRIDE).isoformat()}"
        raise Refused(f"{until.isoformat()} is not {limits}", "name a day in between")
    return until


def _record(
    context: Context, request: Request, kind: ReviewKind, who: Standing, models: dict[str, str], **more: str
) -> str:
    """Commit what a person said, by name; the commit. Raises PushRefused, GitError."""
    _require_a_key(context)
    comment = context.comment
    review = Review(
        kind,
        comment.repository,
        comment.number,
        context.change.head,
        models,
        f"@{comment.login}",
        comment.user,
        who.owns_as,
        context.tools.clock(),
        request.reason,
        comment.id,
        rules=dict(context.change.rules),
        author=who.author,
        **more,
    )
    return review_writing.add(context.tools.repository, review, context.tools.signer)


def _require_a_key(context: Context) -> None:
    """Refuse to record what would count nowhere. Raises Refused."""
    signer = context.tools.signer
    keys = trusted(context.tools.repository, context.change.state.tip)
    if signer is None:
        raise Refused("nothing signs here, and what is not signed does not count", SIGN)
    if signer.keyid not in keys.keys:
        named = f"{layout.TRUSTED_KEYS} does not name the key {signer.keyid[:16]} that signs here"
        raise Refused(f"{named}: what it signs does not count", SIGN)


def _what_is_missing(context: Context) -> list[str]:
    """Which looser rules still lack an owner, a sentence each."""
    change, deployed = context.change, context.tools.repository
    trees = [deployed.tree(sha) for sha in (change.state.tip, change.head)]
    base, head = ((tree, repository.environments(tree)) for tree in trees)
    said = reviews.reviews_at(deployed, change.state.tip, deployed.tip(EVIDENCE))
    today = context.tools.clock().date()
    here = [one for one in said if one.kind == "approve" and one.counts(change.head, today)]
    words = []
    for one in loosened(change.changes, load, base, head):
        owners = change.owners_of((one.path,))
        if owners:
            by = approvers(here, owners)
            words.append(
                f"{one.path} loosens {'; '.join(one.rules)}: {len(by)} of {OWNERS} owners approved it."
            )
    return words


def _judged_again(context: Context) -> str:
    """What it takes to be counted: the head is judged again, or somebody has to ask for it."""
    try:
        return f"It counts once the head is judged again: {_judge_again(context)}."
    except (Refused, GithubException) as error:
        why = error.message if isinstance(error, Refused) else f"GitHub answered {error.status}"
        return f"It counts once the head is judged again ({why})."


def _judge_again(context: Context) -> str:
    head = context.change.head
    runs = context.tools.client.attempt(
        lambda: list(context.hosted.get_workflow_runs(head_sha=head, event="pull_request"))
    )
    theirs = [run for run in runs if str(run.path).partition("@")[0].endswith(f"/{WORKFLOW}")]
    mine = [run for run in theirs if run.conclusion != "skipped"]  # as where a title was edited
    if not mine:
        raise Refused(f"no run of {WORKFLOW} judged {head[:12]}", "push, or run `sluice validate --comment`")
    newest = max(mine, key=lambda run: run.id)
    if newest.status != "completed":
        raise Refused(f"run {newest.id} is still at it", "write `/sluice recheck` once it has ended")
    if newest.conclusion == "action_required":
        # To let it begin is to trust a stranger's workflow: a person does that who has looked at the change.
        raise Refused(
            f"run {newest.id} waits: GitHub asks whether a first contributor's workflow may run",
            "look at the change, then choose `Approve workflows to run` on the pull request's page",
        )
    # WorkflowRun.rerun() raises nothing for a refusal: it answers False, and nobody would know why.
    ask = context.hosted.requester.requestJsonAndCheck
    context.tools.client.attempt(lambda: ask("POST", f"{newest.url}/rerun"))
    return f"run {newest.id} begins again"
