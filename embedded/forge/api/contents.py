"""Files of a branch: read, write and delete, each write one commit by compare-and-swap."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime

from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.git import ZERO
from sluicegate.embedded.forge.names import valid_branch, valid_path
from sluicegate.embedded.forge.objects import Entry, find_entry, read_commits, read_tree
from sluicegate.embedded.forge.pulls import refresh
from sluicegate.embedded.forge.request_body import ApiError, Body, Json
from sluicegate.embedded.forge.serializers import api, git_commit, html
from sluicegate.embedded.forge.state import Repository, signature
from sluicegate.embedded.forge.writing import Signature, commit_tree, tree_with, write_blob

INLINE_BYTES = 1024 * 1024
_TYPES = {"tree": "dir", "commit": "submodule", "blob": "file"}


def _path(call: Call) -> str:
    path = call.text("path").strip("/")
    if path and not valid_path(path):
        raise ApiError(
            422, "path contains a malformed path component: write it relative, without '.' or '..' parts"
        )
    return path


def _json(call: Call, repository: Repository, commit: str, path: str, entry: Entry) -> Json:
    url = api(call, repository, f"/contents/{path}") + f"?ref={commit}"
    kind = _TYPES[entry.kind]
    git_url = api(call, repository, f"/git/{entry.kind}s/{entry.sha}")
    page = html(call, repository, f"/raw/{commit}/{path}")
    return {
        "name": path.rpartition("/")[2], "path": path, "sha": entry.sha, "size": entry.size or 0,
        "type": kind,
        "url": url, "html_url": page, "git_url": git_url, "download_url": page if kind == "file" else None,
        "_links": {"self": url, "git": git_url, "html": page},
    }  # fmt: skip


def get(call: Call) -> Reply:
    """GET .../contents/{path}: a file, or a directory's list; above 1 MiB `encoding` is none: read it raw."""
    path, repository, git = _path(call), call.repository, call.repository.git
    commit = git.resolve(call.query("ref") or "HEAD")
    if commit is None:
        raise ApiError(404, f"No commit found for the ref {call.query('ref')}")
    entry = find_entry(git, commit, path) if path else None
    if path and entry is None:
        raise ApiError(404, "Not Found")
    if entry is None or entry.kind == "tree":
        inside = read_tree(git, entry.sha if entry else commit)
        prefix = f"{path}/" if path else ""
        return Reply([_json(call, repository, commit, prefix + one.path, one) for one in inside])
    if entry.kind != "blob":
        return Reply(_json(call, repository, commit, path, entry))
    if "raw" in call.request.headers.get("accept", ""):
        return Reply(
            raw=git.run("cat-file", "blob", entry.sha), media="application/vnd.github.raw; charset=utf-8"
        )
    shown = _json(call, repository, commit, path, entry)
    if (entry.size or 0) > INLINE_BYTES:
        return Reply(shown | {"content": "", "encoding": "none"})
    content = base64.encodebytes(git.run("cat-file", "blob", entry.sha)).decode()
    return Reply(shown | {"content": content, "encoding": "base64"})


def put(call: Call) -> Reply:
    """PUT .../contents/{path}: create a file, or change the one whose blob is `sha`; else 409."""
    message, encoded = call.body.need("message"), call.body.text("content")
    try:
        content = base64.b64decode("".join((encoded or "").split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ApiError(422, "content is not valid Base64") from error
    if encoded is None:
        raise ApiError(422, 'Invalid request.\n\n"content" wasn\'t supplied.')
    return _write(call, message, content)


def delete(call: Call) -> Reply:
    """DELETE .../contents/{path}: remove the file whose blob is `sha`; else 409."""
    return _write(call, call.body.need("message"), None)


def _write(call: Call, message: str, content: bytes | None) -> Reply:
    repository, git, path = call.repository, call.repository.git, _path(call)
    branch = call.body.text("branch") or git.default_branch()
    if not path or not valid_branch(branch):
        raise ApiError(422, "path and branch must be given and be valid")
    ref = f"refs/heads/{branch}"
    with call.hub.lock(repository):
        tip = git.resolve(ref)
        if tip is None and (git.refs("refs/heads/") or content is None):
            raise ApiError(404, f"Branch {branch} not found")
        old = _current(call, tip, path, deleting=content is None)
        blob = write_blob(git, content) if content is not None else None
        tree = tree_with(git, tip, path, blob, old.mode if old else "100644")
        by = signature(call.user)
        committer, author = _person(call, "committer", by), _person(call, "author", by)
        made = commit_tree(git, tree, (tip,) if tip else (), message, author=author, committer=committer)
        git.update_refs([(ref, made, tip or ZERO)])
        refresh(call.hub, repository, call.user.login)
    entry = find_entry(git, made, path)
    shown = _json(call, repository, made, path, entry) if entry else None
    commit = git_commit(call, repository, read_commits(git, [made])[0])
    return Reply({"content": shown, "commit": commit}, 201 if content is not None and old is None else 200)


def _current(call: Call, tip: str | None, path: str, *, deleting: bool) -> Entry | None:
    git, sha = call.repository.git, call.body.text("sha")
    parents = path.split("/")[:-1]
    for depth in range(1, len(parents) + 1):
        above = find_entry(git, tip, "/".join(parents[:depth])) if tip else None
        if above and above.kind != "tree":
            raise ApiError(
                422, f"path contains a file where a directory is needed: {'/'.join(parents[:depth])}"
            )
    entry = find_entry(git, tip, path) if tip else None
    if entry is None:
        if deleting:
            raise ApiError(404, "Not Found")
        if sha:
            raise ApiError(409, f"{path} does not match {sha}")
        return None
    if entry.kind != "blob" or entry.mode == "120000":
        raise ApiError(422, f"{path} is a {_TYPES[entry.kind]} or a link; only plain files are written here")
    if sha is None:
        raise ApiError(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if sha != entry.sha:
        raise ApiError(409, f"{path} does not match {sha}")
    return entry


def _person(call: Call, role: str, default: Signature) -> Signature:
    given: Body | None = call.body.part(role) or (call.body.part("committer") if role == "author" else None)
    if given is None:
        return default
    date = given.text("date")
    when = _git_date(date, f"{role}.date") if date else ""
    return signature(call.user, given.need("name"), given.need("email"), when)


def _git_date(text: str, field: str) -> str:
    """ISO 8601 (without a zone: UTC) as git reads it whatever it says: seconds since 1970, in UTC."""
    try:
        moment = datetime.fromisoformat(text)
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).timestamp()
    except (ValueError, OverflowError) as error:
        raise ApiError(422, f"{field} is no date: write it as 2026-11-30T12:00:00Z") from error
    if seconds < 0:
        raise ApiError(422, f"{field} is before 1970, which git cannot hold: give a later one")
    return f"@{int(seconds)} +0000"


ENDPOINTS = (
    Endpoint("GET", "/repos/{owner}/{repo}/contents/{path:path}", get),
    Endpoint("PUT", "/repos/{owner}/{repo}/contents/{path:path}", put, "write"),
    Endpoint("DELETE", "/repos/{owner}/{repo}/contents/{path:path}", delete, "write"),
)
