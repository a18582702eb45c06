"""Runs of workflows and their artifacts: what GitHub Actions keeps, and what `workflow_run` tells."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sluicegate.embedded.forge.api_error import Json
from sluicegate.embedded.forge.events import Happened
from sluicegate.embedded.forge.pulls import Pull, all_pulls
from sluicegate.embedded.forge.serializers import UrlContext, api, html, node_id, repository_json, user
from sluicegate.embedded.forge.state import ForgeState, Repository
from sluicegate.embedded.forge.store import Row
from sluicegate.gate.adapters.git.objects import read_commits

KEPT = timedelta(days=90)
"""How long an artifact lives; said, and not acted on: the forge's own life is shorter."""


def workflow_id(path: str) -> int:
    """A number for a workflow's file, the same in every process."""
    return int.from_bytes(hashlib.sha256(path.encode()).digest()[:6], "big")


def origin_of(state: ForgeState, repository: Repository, run: int) -> Repository:
    """The repository whose commit a run was for: this one, or a fork of it."""
    row = state.store.row("SELECT repository FROM runs_of_forks WHERE run = ?", run)
    return (state.by_id(row["repository"]) if row else None) or repository


def run_json(call: UrlContext, row: Row) -> Json:
    """`workflow-run`."""
    url = api(call, call.repository, f"/actions/runs/{row['id']}")
    workflow = workflow_id(row["path"])
    repository = repository_json(call, call.repository)
    origin = origin_of(call.state, call.repository, row["id"])
    theirs = repository if origin.id == call.repository.id else repository_json(call, origin)
    actor = user(call, row["author"])
    suite = api(call, call.repository, f"/check-suites/{row['id']}")
    return {
        "id": row["id"], "name": row["name"], "node_id": node_id("WorkflowRun", row["id"]),
        "check_suite_id": row["id"], "check_suite_node_id": node_id("CheckSuite", row["id"]),
        "head_branch": row["head_branch"], "head_sha": row["head_sha"], "path": row["path"],
        "run_number": row["run_number"], "run_attempt": row["attempt"], "referenced_workflows": [],
        "event": row["event"], "status": row["status"], "conclusion": row["conclusion"],
        "workflow_id": workflow, "url": url,
        "html_url": html(call, call.repository, f"/actions/runs/{row['id']}"),
        "pull_requests": _pulls(call, row), "created_at": row["created_at"],
        "updated_at": row["updated_at"], "run_started_at": row["created_at"], "actor": actor,
        "triggering_actor": actor, "jobs_url": f"{url}/jobs", "logs_url": f"{url}/logs",
        "check_suite_url": suite, "artifacts_url": f"{url}/artifacts", "cancel_url": f"{url}/cancel",
        "rerun_url": f"{url}/rerun", "previous_attempt_url": None,
        "workflow_url": api(call, call.repository, f"/actions/workflows/{workflow}"),
        "head_commit": _head_commit(call, row["head_sha"]), "repository": repository,
        "head_repository": theirs, "display_title": row["title"],
    }  # fmt: skip


def _pulls(call: UrlContext, row: Row) -> list[Json]:
    """`pull-request-minimal` of the open pulls whose head the run was for; never a fork's."""
    repository = call.repository
    repo = {"id": repository.id, "url": api(call, repository), "name": repository.name}

    def side(ref: str, sha: str) -> Json:
        return {"ref": ref, "sha": sha, "repo": repo}

    def short(pull: Pull) -> Json:
        return {
            "id": pull.id, "number": pull.number, "url": api(call, repository, f"/pulls/{pull.number}"),
            "head": side(pull.head_ref, pull.head_sha), "base": side(pull.base_ref, pull.base_sha),
        }  # fmt: skip

    pulls = all_pulls(call.state, repository)
    return [
        short(pull)
        for pull in pulls
        if (pull.state, pull.head_sha, pull.origin) == ("open", row["head_sha"], repository)
    ]


def _head_commit(call: UrlContext, sha: str) -> Json:
    """`simple-commit`."""
    (commit,) = read_commits(call.repository.git, [sha])
    author, committer = ({"name": one.name, "email": one.email} for one in (commit.author, commit.committer))
    return {
        "id": sha, "tree_id": commit.tree, "message": commit.text, "timestamp": commit.committer.date,
        "author": author, "committer": committer,
    }  # fmt: skip


def artifact_json(call: UrlContext, row: Mapping[str, Any]) -> Json:
    """`artifact`; the row has `head_branch` and `head_sha` of its run, and `size`, not the content."""
    url = api(call, call.repository, f"/actions/artifacts/{row['id']}")
    ends = datetime.fromisoformat(row["created_at"]) + KEPT
    number = call.repository.id
    origin = origin_of(call.state, call.repository, row["run"])
    return {
        "id": row["id"], "node_id": node_id("Artifact", row["id"]), "name": row["name"],
        "size_in_bytes": row["size"], "url": url, "archive_download_url": f"{url}/zip", "expired": False,
        "created_at": row["created_at"], "updated_at": row["created_at"],
        "expires_at": ends.strftime("%Y-%m-%dT%H:%M:%SZ"), "digest": row["digest"],
        "workflow_run": {
            "id": row["run"], "repository_id": number, "head_repository_id": origin.id,
            "head_branch": row["head_branch"], "head_sha": row["head_sha"],
        },
    }  # fmt: skip


def run_happened(row: Row, action: str, by: str) -> Happened:
    """GitHub's `webhook-workflow-run-*`."""

    def payload(context: UrlContext) -> Json:
        return {"workflow_run": run_json(context, row), "workflow": _workflow(context, row)}

    return Happened("workflow_run", action, by, payload)


def _workflow(context: UrlContext, row: Row) -> Json:
    """`webhooks_workflow`."""
    number = workflow_id(row["path"])
    branch = context.repository.git.default_branch()
    badge = html(
        context, context.repository, f"/actions/workflows/{row['path'].rpartition('/')[2]}/badge.svg"
    )
    return {
        "id": number, "node_id": node_id("Workflow", number), "name": row["name"], "path": row["path"],
        "state": "active", "created_at": row["created_at"], "updated_at": row["updated_at"],
        "url": api(context, context.repository, f"/actions/workflows/{number}"), "badge_url": badge,
        "html_url": html(context, context.repository, f"/blob/{branch}/{row['path']}"),
    }  # fmt: skip
