"""What webhooks say: pushes, found by comparing the refs, changes of pulls, and what endpoints publish.

A push is found by comparing the refs with those that were last sent, so that every way of moving a ref (git,
contents, refs, merges, a hand in the bare repository) is sent once, also after a restart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sluicegate.embedded.forge.api_error import Json
from sluicegate.embedded.forge.auth import Token
from sluicegate.embedded.forge.events import Event, Happened, PullChanged, RefsMoved
from sluicegate.embedded.forge.pull_serializers import label_json, pull_json
from sluicegate.embedded.forge.pulls import one_pull
from sluicegate.embedded.forge.serializers import UrlContext, html, repository_json, user
from sluicegate.embedded.forge.state import NOREPLY, ForgeState, Repository
from sluicegate.embedded.forge.store import Row
from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.names import ZERO
from sluicegate.gate.adapters.git.objects import Commit, Person, changed_paths, history, read_commits

COMMITS = 2048
"""Commits of one push that a payload names (GitHub's limit); the rest are left out."""
EVENTS = (
    "push", "pull_request", "pull_request_review", "issue_comment", "status", "check_run", "deployment",
    "deployment_status", "workflow_run",
)  # fmt: skip


@dataclass(frozen=True)
class WebhookContext:
    """What addresses are built from outside of a request: see `serializers.UrlContext`."""

    state: ForgeState
    base: str
    repository: Repository
    account: Token | None = None


def hooks_of(state: ForgeState, repository: Repository, event: str | None = None) -> list[Row]:
    """The hooks of a repository; with an event, the active ones that want it."""
    rows = state.store.rows("SELECT * FROM hooks WHERE repository = ? ORDER BY id", repository.id)
    if event is None:
        return rows
    return [row for row in rows if row["active"] and {event, "*"} & set(json.loads(row["events"]))]


def watch(state: ForgeState) -> None:
    """From now on, queue a delivery for every event that a hook wants."""

    def watcher(repository: Repository, event: Event) -> None:
        if isinstance(event, RefsMoved):
            _queue_pushes(state, repository, event)
        elif isinstance(event, Happened):
            _queue_happened(state, repository, event)
        elif hooks := hooks_of(state, repository, "pull_request"):
            payload = _pull_payload(WebhookContext(state, state.url, repository), event)
            _queue(state, hooks, "pull_request", event.action, payload)

    state.watchers.append(watcher)


def ping(state: ForgeState, repository: Repository, hook: Row, shown: Json, by: str) -> None:
    """Queue a ping, as GitHub sends when a hook is created; `shown` is the hook as the API shows it."""
    context = WebhookContext(state, state.url, repository)
    payload = {"zen": "Keep it logically awesome.", "hook_id": hook["id"], "hook": shown}
    _queue(state, [hook], "ping", None, payload | _frame(context, by))


def remember_refs(state: ForgeState, repository: Repository) -> tuple[dict[str, str], dict[str, str]]:
    """Keep the refs of branches and tags as sent: (what was sent before, what there is now)."""
    sent = {
        row["ref"]: row["sha"]
        for row in state.store.rows("SELECT ref, sha FROM told_refs WHERE repository = ?", repository.id)
    }
    current = {name: sha for name, (sha, _) in repository.git.refs("refs/heads/", "refs/tags/").items()}
    if sent != current:
        with state.store.transaction():
            state.store.write("DELETE FROM told_refs WHERE repository = ?", repository.id)
            for ref, sha in current.items():
                state.store.insert("told_refs", repository=repository.id, ref=ref, sha=sha)
    return sent, current


def _queue_pushes(state: ForgeState, repository: Repository, event: RefsMoved) -> None:
    if not hooks_of(state, repository):
        return
    with state.lock(repository):
        sent, current = remember_refs(state, repository)
    hooks = hooks_of(state, repository, "push")
    if not hooks:
        return
    context = WebhookContext(state, state.url, repository)
    for ref in sorted(sent.keys() | current.keys()):
        before = sent.get(ref, ZERO)
        after = current.get(ref, ZERO)
        if before != after:
            _queue(state, hooks, "push", None, _push_payload(context, ref, before, after, event.by))


def _queue_happened(state: ForgeState, repository: Repository, event: Happened) -> None:
    hooks = hooks_of(state, repository, event.name)
    if hooks:
        context = WebhookContext(state, state.url, repository)
        action = {"action": event.action} if event.action else {}
        payload = action | event.payload(context) | _frame(context, event.by)
        _queue(state, hooks, event.name, event.action, payload)


def _queue(state: ForgeState, hooks: Sequence[Row], event: str, action: str | None, payload: Json) -> None:
    text = json.dumps(payload, ensure_ascii=False)
    for hook in hooks:
        state.deliveries.send(hook["id"], event, action, text)


def _frame(context: UrlContext, by: str | None) -> Json:
    login = by or context.repository.owner
    return {"repository": repository_json(context, context.repository), "sender": user(context, login)}


def _push_payload(context: UrlContext, ref: str, before: str, after: str, by: str | None) -> Json:
    """GitHub's `webhook-push`. A tag, and a ref that is gone, have no commits."""
    repository = context.repository
    git = repository.git
    tip = git.resolve(after) if after != ZERO else None
    old = git.resolve(before) if before != ZERO else None
    shas = _new_commits(git, ref, tip, old) if tip and ref.startswith("refs/heads/") else []
    shown = {
        commit["id"]: commit for commit in _commits(context, list(dict.fromkeys([*shas, tip])) if tip else [])
    }
    frame = _frame(context, by)
    login = by or repository.owner
    dates = {key: _seconds(frame["repository"][key]) for key in ("created_at", "pushed_at")}
    frame["repository"] |= dates | {"master_branch": git.default_branch()}
    span = f"/compare/{before}...{after}" if old and tip else f"/commit/{tip or before}"
    return {
        "ref": ref, "before": before, "after": after, "created": before == ZERO, "deleted": after == ZERO,
        "forced": bool(old and tip and not git.is_ancestor(old, tip)), "base_ref": None,
        "compare": html(context, repository, span), "commits": [shown[sha] for sha in shas],
        "head_commit": shown.get(tip or ""),
        "pusher": {"name": login, "email": f"{login}@{NOREPLY}"}, **frame,
    }  # fmt: skip


def _new_commits(git: BareRepository, ref: str, tip: str, old: str | None) -> list[str]:
    """What the push brought, oldest first; of a new branch, what the default branch does not hold."""
    default = f"refs/heads/{git.default_branch()}"
    known = old or (git.resolve(default) if ref != default else None)
    return history(git, tip, without=known)[:COMMITS][::-1]


def _seconds(moment: str) -> int:
    """A date of ISO 8601 as seconds since 1970, which pushes have in context of two of the dates."""
    return int(datetime.fromisoformat(moment).timestamp())


def _commits(context: UrlContext, shas: Sequence[str]) -> list[Json]:
    paths = changed_paths(context.repository.git, shas)
    return [
        _commit(context, commit, paths[commit.sha]) for commit in read_commits(context.repository.git, shas)
    ]


def _commit(context: UrlContext, commit: Commit, paths: Mapping[str, list[str]]) -> Json:
    def person(one: Person) -> Json:
        local, _, domain = one.email.partition("@")
        login = local.partition("+")[2] if domain == NOREPLY else ""
        return {"name": one.name, "email": one.email, "username": login}

    return {
        "id": commit.sha, "tree_id": commit.tree, "distinct": True, "message": commit.text,
        "timestamp": commit.committer.date, "url": html(context, context.repository, f"/commit/{commit.sha}"),
        "author": person(commit.author), "committer": person(commit.committer),
        "added": paths.get("A", []), "removed": paths.get("D", []),
        "modified": sorted(paths.get("M", []) + paths.get("T", [])),
    }  # fmt: skip


def _pull_payload(context: UrlContext, event: PullChanged) -> Json:
    """GitHub's `webhook-pull-request-*`."""
    pull = one_pull(context.state, context.repository, event.number)
    label = context.state.store.row("SELECT * FROM labels WHERE id = ?", event.label) if event.label else None
    more = {"label": label_json(context, label)} if label else {}
    return {
        "action": event.action, "number": pull.number, "pull_request": pull_json(context, pull),
        **more, **_frame(context, event.by or pull.author),
    }  # fmt: skip
