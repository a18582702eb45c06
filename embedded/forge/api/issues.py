"""Issues: every pull is one; issues of their own are not kept."""

from __future__ import annotations

from sluicegate.embedded.forge.api.pulls import IssueChange, change_pull
from sluicegate.embedded.forge.api_error import Json
from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.pull_serializers import labels_of
from sluicegate.embedded.forge.pulls import Pull, all_pulls, one_pull
from sluicegate.embedded.forge.serializers import UrlContext, api, html, node_id, user


def issue_json(call: UrlContext, pull: Pull) -> Json:
    """`issue`, with the `pull_request` part that says it is a pull."""
    repository = call.repository
    url = api(call, repository, f"/issues/{pull.number}")
    page = html(call, repository, f"/pull/{pull.number}")
    count = call.state.store.row(
        "SELECT count(*) AS n FROM comments WHERE repository = ? AND number = ?", repository.id, pull.number
    ) or {"n": 0}
    request = {
        "url": api(call, repository, f"/pulls/{pull.number}"), "html_url": page, "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch", "merged_at": pull.merged_at,
    }  # fmt: skip
    return {
        "id": pull.id, "node_id": node_id("PullRequest", pull.id), "number": pull.number, "url": url,
        "html_url": page,
        "repository_url": api(call, repository), "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events", "title": pull.title, "body": pull.body, "state": pull.state,
        "locked": False,
        "user": user(call, pull.author), "labels": labels_of(call, pull.number), "assignee": None,
        "assignees": [],
        "milestone": None, "comments": count["n"], "author_association": "MEMBER", "active_lock_reason": None,
        "created_at": pull.created_at, "updated_at": pull.updated_at, "closed_at": pull.closed_at,
        "draft": bool(pull.draft), "pull_request": request, "state_reason": None,
    }  # fmt: skip


def get(call: Call) -> Reply:
    """GET .../issues/{number}."""
    return Reply(issue_json(call, one_pull(call.state, call.repository, call.number("number"))))


def listing(call: Call) -> Reply:
    """GET .../issues?state=open|closed|all&labels=a,b."""
    state = call.query("state", "open")
    required = {name.strip().lower() for name in call.query("labels").split(",") if name.strip()}
    items = [
        pull
        for pull in all_pulls(call.state, call.repository)
        if state in ("all", pull.state)
        and required <= {label["name"].lower() for label in labels_of(call, pull.number)}
    ]
    return call.page(items, lambda some: [issue_json(call, pull) for pull in some])


def edit(call: Call) -> Reply:
    """PATCH .../issues/{number}: title, body, state."""
    with call.state.lock(call.repository):
        number = call.number("number")
        change_pull(call, one_pull(call.state, call.repository, number), call.read(IssueChange))
        return Reply(issue_json(call, one_pull(call.state, call.repository, number)))


ENDPOINTS = (
    Endpoint("GET", "/repos/{owner}/{repo}/issues", listing),
    Endpoint("GET", "/repos/{owner}/{repo}/issues/{number:int}", get),
    Endpoint("PATCH", "/repos/{owner}/{repo}/issues/{number:int}", edit, "read"),
)
