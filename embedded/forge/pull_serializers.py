"""The JSON of pulls and their labels: what the API answers and what webhooks send.

Field names, and which are required: GitHub's OpenAPI description (ghes-3.19: pull-request, label, ...).
"""

from __future__ import annotations

from sluicegate.embedded.forge.api_error import Json
from sluicegate.embedded.forge.pulls import Pull, mergeable, pull_base, pull_commits
from sluicegate.embedded.forge.serializers import UrlContext, api, html, node_id, repository_json, user
from sluicegate.embedded.forge.store import Row
from sluicegate.gate.adapters.git.diff import difference


def label_json(call: UrlContext, row: Row) -> Json:
    """`label`."""
    return {
        "id": row["id"], "node_id": node_id("Label", row["id"]), "name": row["name"], "color": row["color"],
        "description": row["description"], "default": False,
        "url": api(call, call.repository, f"/labels/{row['name']}"),
    }  # fmt: skip


def labels_of(call: UrlContext, number: int) -> list[Json]:
    """The labels that the pull of this number carries."""
    rows = call.state.store.rows(
        "SELECT labels.* FROM labels JOIN labelled ON labelled.label = labels.id "
        "WHERE labels.repository = ? AND labelled.number = ? ORDER BY labels.name",
        call.repository.id, number,
    )  # fmt: skip
    return [label_json(call, row) for row in rows]


def _labels(call: UrlContext, pull: Pull) -> list[Json]:
    """`labels` of `pull-request-simple`, whose description is a text where a label's own may be null."""
    return [label | {"description": label["description"] or ""} for label in labels_of(call, pull.number)]


def pull_summary_json(call: UrlContext, pull: Pull, repo: Json) -> Json:
    """`pull-request-simple`; `repo` is its repository's JSON, built once for a list."""
    repository = call.repository
    url = api(call, repository, f"/pulls/{pull.number}")
    page = html(call, repository, f"/pull/{pull.number}")
    issue = api(call, repository, f"/issues/{pull.number}")
    author = user(call, pull.author)
    statuses = api(call, repository, f"/statuses/{pull.head_sha}")
    links = {
        "self": url, "html": page, "issue": issue, "comments": f"{issue}/comments",
        "commits": f"{url}/commits",
        "review_comments": f"{url}/comments",
        "review_comment": f"{api(call, repository)}/pulls/comments{{/number}}",
        "statuses": statuses,
    }  # fmt: skip

    origin = pull.origin
    here = origin is not None and origin.id == repository.id
    theirs = repository_json(call, origin) if origin is not None and not here else None
    head = {
        "label": pull.label, "ref": pull.head_ref, "sha": pull.head_sha,
        "user": user(call, origin.owner) if origin else None, "repo": repo if here else theirs,
    }  # fmt: skip
    base = {
        "label": f"{repository.owner}:{pull.base_ref}", "ref": pull.base_ref, "sha": pull.base_sha,
        "user": user(call, repository.owner), "repo": repo,
    }  # fmt: skip

    return {
        "id": pull.id, "node_id": node_id("PullRequest", pull.id), "number": pull.number, "url": url,
        "html_url": page, "issue_url": issue, "diff_url": f"{page}.diff", "patch_url": f"{page}.patch",
        "comments_url": links["comments"], "commits_url": links["commits"], "statuses_url": statuses,
        "review_comments_url": links["review_comments"], "review_comment_url": links["review_comment"],
        "state": pull.state, "locked": False, "title": pull.title, "body": pull.body, "user": author,
        "draft": bool(pull.draft), "labels": _labels(call, pull), "milestone": None,
        "assignee": None,
        "assignees": [], "requested_reviewers": [], "requested_teams": [], "author_association": "MEMBER",
        "auto_merge": None, "active_lock_reason": None, "created_at": pull.created_at,
        "updated_at": pull.updated_at,
        "closed_at": pull.closed_at, "merged_at": pull.merged_at, "merge_commit_sha": pull.merge_sha,
        "head": head, "base": base,
        "_links": {name: {"href": link} for name, link in links.items()},
    }  # fmt: skip


def pull_json(call: UrlContext, pull: Pull) -> Json:
    """`pull-request`."""
    repository = call.repository
    files = difference(repository.git, pull_base(repository, pull), pull.head_sha)
    fits = mergeable(repository, pull)
    comments = call.state.store.row(
        "SELECT count(*) AS n FROM comments WHERE repository = ? AND number = ?", repository.id, pull.number
    ) or {"n": 0}
    return pull_summary_json(call, pull, repository_json(call, repository)) | {
        "merged": pull.merged_at is not None, "mergeable": fits, "rebaseable": None,
        "mergeable_state": {True: "clean", False: "dirty", None: "unknown"}[fits],
        "merged_by": user(call, pull.merged_by) if pull.merged_by else None, "comments": comments["n"],
        "review_comments": 0, "maintainer_can_modify": False, "commits": len(pull_commits(repository, pull)),
        "additions": sum(file.additions for file in files),
        "deletions": sum(file.deletions for file in files),
        "changed_files": len(files),
    }  # fmt: skip
