"""Pulls: create, list, read, edit, files, commits, merge."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sluicegate.embedded.forge.api.labels import labels_of
from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.events import PullChanged
from sluicegate.embedded.forge.names import valid_branch
from sluicegate.embedded.forge.objects import difference
from sluicegate.embedded.forge.pulls import (
    Pull,
    all_pulls,
    merge,
    mergeable,
    one_pull,
    open_pull,
    pull_base,
    pull_commits,
)
from sluicegate.embedded.forge.request_body import ApiError, Json, invalid
from sluicegate.embedded.forge.serializers import (
    UrlContext,
    api,
    commits_json,
    file_json,
    html,
    node_id,
    repository_json,
    user,
)
from sluicegate.embedded.forge.store import now

BODY_LIMIT = 65_536
COMMITS = 250
FILES = 3_000


def simple(call: UrlContext, pull: Pull, repository: Json) -> Json:
    """`pull-request-simple`; `repository` is its repository's JSON, made once for a list."""
    found, owner = call.repository, call.repository.owner
    url, page = api(call, found, f"/pulls/{pull.number}"), html(call, found, f"/pull/{pull.number}")
    issue, author = api(call, found, f"/issues/{pull.number}"), user(call, pull.author)
    statuses = api(call, found, f"/statuses/{pull.head_sha}")
    links = {
        "self": url, "html": page, "issue": issue, "comments": f"{issue}/comments",
        "commits": f"{url}/commits",
        "review_comments": f"{url}/comments",
        "review_comment": f"{api(call, found)}/pulls/comments{{/number}}",
        "statuses": statuses,
    }  # fmt: skip

    def side(ref: str, sha: str) -> Json:
        return {
            "label": f"{owner}:{ref}",
            "ref": ref,
            "sha": sha,
            "user": user(call, owner),
            "repo": repository,
        }

    return {
        "id": pull.id, "node_id": node_id("PullRequest", pull.id), "number": pull.number, "url": url,
        "html_url": page, "issue_url": issue, "diff_url": f"{page}.diff", "patch_url": f"{page}.patch",
        "comments_url": links["comments"], "commits_url": links["commits"], "statuses_url": statuses,
        "review_comments_url": links["review_comments"], "review_comment_url": links["review_comment"],
        "state": pull.state, "locked": False, "title": pull.title, "body": pull.body, "user": author,
        "draft": bool(pull.draft), "labels": labels_of(call, pull.number), "milestone": None,
        "assignee": None,
        "assignees": [], "requested_reviewers": [], "requested_teams": [], "author_association": "MEMBER",
        "auto_merge": None, "active_lock_reason": None, "created_at": pull.created_at,
        "updated_at": pull.updated_at,
        "closed_at": pull.closed_at, "merged_at": pull.merged_at, "merge_commit_sha": pull.merge_sha,
        "head": side(pull.head_ref, pull.head_sha), "base": side(pull.base_ref, pull.base_sha),
        "_links": {name: {"href": where} for name, where in links.items()},
    }  # fmt: skip


def full(call: UrlContext, pull: Pull) -> Json:
    """`pull-request`."""
    found = call.repository
    files = difference(found.git, pull_base(found, pull), pull.head_sha)
    fits = mergeable(found, pull)
    comments = call.hub.store.row(
        "SELECT count(*) AS n FROM comments WHERE repository = ? AND number = ?", found.id, pull.number
    ) or {"n": 0}
    return simple(call, pull, repository_json(call, found)) | {
        "merged": pull.merged_at is not None, "mergeable": fits, "rebaseable": False,
        "mergeable_state": {True: "clean", False: "dirty", None: "unknown"}[fits],
        "merged_by": user(call, pull.merged_by) if pull.merged_by else None, "comments": comments["n"],
        "review_comments": 0, "maintainer_can_modify": False, "commits": len(pull_commits(found, pull)),
        "additions": sum(file.additions for file in files),
        "deletions": sum(file.deletions for file in files),
        "changed_files": len(files),
    }  # fmt: skip


def create(call: Call) -> Reply:
    """POST .../pulls: head and base are branches of this repository."""
    body = call.body
    request = {
        "title": body.need("title", 256), "body": body.text("body", BODY_LIMIT), "head": body.need("head"),
        "base": body.need("base"), "draft": body.flag("draft"),
    }  # fmt: skip
    pull = open_pull(call.hub, call.repository, call.user, request)
    made = full(call, pull)
    return Reply(made, 201, {"Location": made["url"]})


_SORTS: dict[str, Callable[[Pull], tuple[str, int]]] = {
    "created": lambda pull: (pull.created_at, pull.number),
    "updated": lambda pull: (pull.updated_at, pull.number),
}


def listing(call: Call) -> Reply:
    """GET .../pulls?state=open|closed|all&head=&base=&sort=created|updated&direction=desc|asc."""
    state, head, base = call.query("state", "open"), call.query("head"), call.query("base")
    owner, _, branch = head.rpartition(":")
    items = [
        pull
        for pull in all_pulls(call.hub, call.repository)
        if state in ("all", pull.state)
        and (not head or (pull.head_ref == branch and owner in ("", call.repository.owner)))
        and (not base or pull.base_ref == base)
    ]
    items.sort(
        key=_SORTS.get(call.query("sort"), _SORTS["created"]),
        reverse=call.query("direction", "desc") != "asc",
    )

    def render(some: Sequence[Pull]) -> list[Json]:
        repository = repository_json(call, call.repository) if some else {}
        return [simple(call, pull, repository) for pull in some]

    return call.page(items, render)


def _pull(call: Call) -> Pull:
    return one_pull(call.hub, call.repository, call.number("number"))


def get(call: Call) -> Reply:
    """GET .../pulls/{number}."""
    return Reply(full(call, _pull(call)))


def edit(call: Call) -> Reply:
    """PATCH .../pulls/{number}: title, body, base, state."""
    with call.hub.lock(call.repository):
        pull = _pull(call)
        change_pull(call, pull)
        base, git = call.body.text("base"), call.repository.git
        if base is not None and base != pull.base_ref:
            tip = git.resolve(f"refs/heads/{base}") if valid_branch(base) else None
            if tip is None or pull.state != "open":
                raise invalid("PullRequest", "base")
            call.hub.store.update("pulls", pull.id, base_ref=base, base_sha=tip)
    return Reply(full(call, _pull(call)))


def change_pull(call: Call, pull: Pull) -> None:
    """What PATCH of a pull and of its issue share: title, body, state. Raises `ApiError` 403, 422."""
    state = call.body.choice("state", ("open", "closed"))
    changes: Json = {}
    if call.user.login != pull.author and call.user.permission == "read":
        raise ApiError(403, "Must be the author or have write permission")
    if call.body.has("title"):
        changes["title"] = call.body.need("title", 256)
    if call.body.has("body"):
        changes["body"] = call.body.text("body", BODY_LIMIT)
    if state is not None and state != pull.state:
        git = call.repository.git
        ends = [git.resolve(f"refs/heads/{branch}") for branch in (pull.head_ref, pull.base_ref)]
        if state == "open" and (pull.merged_at or None in ends):
            raise invalid(
                "PullRequest", "state", "state cannot be changed: it was merged, or its branch is gone"
            )
        changes |= {"state": state, "closed_at": now() if state == "closed" else None}
    if changes:
        call.hub.store.update("pulls", pull.id, **changes, updated_at=now())
        action = (
            {"closed": "closed", "open": "reopened"}[changes["state"]] if "state" in changes else "edited"
        )
        call.hub.tell(call.repository, PullChanged(pull.number, action, call.user.login))


def files(call: Call) -> Reply:
    """GET .../pulls/{number}/files: at most 3,000."""
    pull, found = _pull(call), call.repository
    items = difference(found.git, pull_base(found, pull), pull.head_sha)[:FILES]
    return call.page(items, lambda some: [file_json(call, found, pull.head_sha, file) for file in some])


def commits(call: Call) -> Reply:
    """GET .../pulls/{number}/commits: at most 250, oldest first."""
    shas = pull_commits(call.repository, _pull(call))[:COMMITS]
    return call.page(shas, lambda some: commits_json(call, call.repository, some))


def merged(call: Call) -> Reply:
    """GET .../pulls/{number}/merge: 204 if it was merged, else 404."""
    if _pull(call).merged_at is None:
        raise ApiError(404, "Not Found")
    return Reply(None, 204)


def put_merge(call: Call) -> Reply:
    """PUT .../pulls/{number}/merge: 405 if it cannot merge, 409 if the head is not `sha`."""
    body = call.body
    method = body.choice("merge_method", ("merge", "squash", "rebase")) or "merge"
    if method != "merge":
        raise ApiError(405, f"{method.capitalize()} merges are not allowed on this repository.")
    title, message = body.text("commit_title", 256), body.text("commit_message", BODY_LIMIT)
    pull = _pull(call)
    if title is None and message is not None:
        title = f"Merge pull request #{pull.number} from {call.repository.owner}/{pull.head_ref}"
    words = f"{title}\n\n{message if message is not None else pull.title}\n" if title is not None else None
    sha = merge(call.hub, call.repository, pull.number, call.user, sha=body.text("sha"), message=words)
    return Reply({"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


_ONE = "/repos/{owner}/{repo}/pulls/{number:int}"
ENDPOINTS = (
    Endpoint("GET", "/repos/{owner}/{repo}/pulls", listing),
    Endpoint("POST", "/repos/{owner}/{repo}/pulls", create, "read"),
    Endpoint("GET", _ONE, get),
    Endpoint("PATCH", _ONE, edit, "read"),
    Endpoint("GET", f"{_ONE}/files", files),
    Endpoint("GET", f"{_ONE}/commits", commits),
    Endpoint("GET", f"{_ONE}/merge", merged),
    Endpoint("PUT", f"{_ONE}/merge", put_merge, "write"),
)
