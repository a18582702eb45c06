"""What webhooks say: pushes, read from where the refs stand, and changes of pulls.

A push is found by comparing the refs with those that hooks were last told of, so that every way of moving
a ref (git, contents, refs, merges, a hand in the bare repository) is told once, also after a restart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sluicegate.embedded.forge.api.labels import label_json
from sluicegate.embedded.forge.api.pulls import full
from sluicegate.embedded.forge.auth import Token
from sluicegate.embedded.forge.events import Event, PullChanged, RefsMoved
from sluicegate.embedded.forge.git import ZERO, Git
from sluicegate.embedded.forge.objects import Commit, Person, changed_paths, history, read_commits
from sluicegate.embedded.forge.pulls import one_pull
from sluicegate.embedded.forge.request_body import Json
from sluicegate.embedded.forge.serializers import UrlContext, html, repository_json, user
from sluicegate.embedded.forge.state import ForgeState, Repository
from sluicegate.embedded.forge.store import Row

COMMITS = 2048
"""Commits of one push that a payload names (GitHub's limit); the rest are left out."""
EVENTS = ("push", "pull_request")


@dataclass(frozen=True)
class Place:
    """What the shapes need to write a repository's addresses outside of a request."""

    hub: ForgeState
    base: str
    repository: Repository
    account: Token | None = None


def hooks_of(hub: ForgeState, repository: Repository, event: str | None = None) -> list[Row]:
    """The hooks of a repository; with an event, the active ones that want it."""
    rows = hub.store.rows("SELECT * FROM hooks WHERE repository = ? ORDER BY id", repository.id)
    if event is None:
        return rows
    return [row for row in rows if row["active"] and {event, "*"} & set(json.loads(row["events"]))]


def watch(hub: ForgeState) -> None:
    """From now on, queue a delivery for every event that a hook wants."""

    def watcher(repository: Repository, event: Event) -> None:
        if isinstance(event, RefsMoved):
            _tell_pushes(hub, repository, event)
        elif hooks := hooks_of(hub, repository, "pull_request"):
            payload = _pull_payload(Place(hub, hub.url, repository), event)
            _queue(hub, hooks, "pull_request", event.action, payload)

    hub.watchers.append(watcher)


def ping(hub: ForgeState, repository: Repository, hook: Row, shown: Json, by: str) -> None:
    """Queue a ping, as GitHub sends when a hook is made; `shown` is the hook as the API shows it."""
    place = Place(hub, hub.url, repository)
    payload = {"zen": "Keep it logically awesome.", "hook_id": hook["id"], "hook": shown}
    _queue(hub, [hook], "ping", None, payload | _frame(place, by))


def remember_refs(hub: ForgeState, repository: Repository) -> tuple[dict[str, str], dict[str, str]]:
    """Note where branches and tags stand as told: (what was told before, what stands now)."""
    told = {
        row["ref"]: row["sha"]
        for row in hub.store.rows("SELECT ref, sha FROM told_refs WHERE repository = ?", repository.id)
    }
    found = {name: sha for name, (sha, _) in repository.git.refs("refs/heads/", "refs/tags/").items()}
    if told != found:
        with hub.store.transaction():
            hub.store.write("DELETE FROM told_refs WHERE repository = ?", repository.id)
            for ref, sha in found.items():
                hub.store.insert("told_refs", repository=repository.id, ref=ref, sha=sha)
    return told, found


def _tell_pushes(hub: ForgeState, repository: Repository, event: RefsMoved) -> None:
    if not hooks_of(hub, repository):
        return
    with hub.lock(repository):
        told, found = remember_refs(hub, repository)
    hooks, place = hooks_of(hub, repository, "push"), Place(hub, hub.url, repository)
    for ref in sorted(told.keys() | found.keys()) if hooks else ():
        before, after = told.get(ref, ZERO), found.get(ref, ZERO)
        if before != after:
            _queue(hub, hooks, "push", None, _push_payload(place, ref, before, after, event.by))


def _queue(hub: ForgeState, hooks: Sequence[Row], event: str, action: str | None, payload: Json) -> None:
    text = json.dumps(payload, ensure_ascii=False)
    for hook in hooks:
        hub.courier.send(hook["id"], event, action, text)


def _frame(place: UrlContext, by: str | None) -> Json:
    login = by or place.repository.owner
    return {"repository": repository_json(place, place.repository), "sender": user(place, login)}


def _push_payload(place: UrlContext, ref: str, before: str, after: str, by: str | None) -> Json:
    """GitHub's `webhook-push`. A tag, and a ref that is gone, have no commits."""
    repository, git = place.repository, place.repository.git
    tip = git.resolve(after) if after != ZERO else None
    old = git.resolve(before) if before != ZERO else None
    shas = _new_commits(git, ref, tip, old) if tip and ref.startswith("refs/heads/") else []
    shown = {
        commit["id"]: commit for commit in _commits(place, list(dict.fromkeys([*shas, tip])) if tip else [])
    }
    frame, login = _frame(place, by), by or repository.owner
    dates = {key: _seconds(frame["repository"][key]) for key in ("created_at", "pushed_at")}
    frame["repository"] |= dates | {"master_branch": git.default_branch()}
    span = f"/compare/{before}...{after}" if old and tip else f"/commit/{tip or before}"
    return {
        "ref": ref, "before": before, "after": after, "created": before == ZERO, "deleted": after == ZERO,
        "forced": bool(old and tip and not git.is_ancestor(old, tip)), "base_ref": None,
        "compare": html(place, repository, span), "commits": [shown[sha] for sha in shas],
        "head_commit": shown.get(tip or ""),
        "pusher": {"name": login, "email": f"{login}@users.noreply.localhost"}, **frame,
    }  # fmt: skip


def _new_commits(git: Git, ref: str, tip: str, old: str | None) -> list[str]:
    """What the push brought, oldest first; of a new branch, what the default branch does not hold."""
    default = f"refs/heads/{git.default_branch()}"
    known = old or (git.resolve(default) if ref != default else None)
    return history(git, tip, without=known)[:COMMITS][::-1]


def _seconds(moment: str) -> int:
    """A date of ISO 8601 as seconds since 1970, which pushes have in place of two of the dates."""
    return int(datetime.fromisoformat(moment).timestamp())


def _commits(place: UrlContext, shas: Sequence[str]) -> list[Json]:
    paths = changed_paths(place.repository.git, shas)
    return [_commit(place, commit, paths[commit.sha]) for commit in read_commits(place.repository.git, shas)]


def _commit(place: UrlContext, commit: Commit, paths: Mapping[str, list[str]]) -> Json:
    def person(one: Person) -> Json:
        local, _, domain = one.email.partition("@")
        login = local.partition("+")[2] if domain == "users.noreply.localhost" else ""
        return {"name": one.name, "email": one.email, "username": login}

    return {
        "id": commit.sha, "tree_id": commit.tree, "distinct": True, "message": commit.message,
        "timestamp": commit.committer.date, "url": html(place, place.repository, f"/commit/{commit.sha}"),
        "author": person(commit.author), "committer": person(commit.committer),
        "added": paths.get("A", []), "removed": paths.get("D", []),
        "modified": sorted(paths.get("M", []) + paths.get("T", [])),
    }  # fmt: skip


def _pull_payload(place: UrlContext, event: PullChanged) -> Json:
    """GitHub's `webhook-pull-request-*`."""
    pull = one_pull(place.hub, place.repository, event.number)
    label = place.hub.store.row("SELECT * FROM labels WHERE id = ?", event.label) if event.label else None
    more = {"label": label_json(place, label)} if label else {}
    return {
        "action": event.action, "number": pull.number, "pull_request": full(place, pull),
        **more, **_frame(place, event.by or pull.author),
    }  # fmt: skip
