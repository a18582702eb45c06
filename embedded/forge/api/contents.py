"""Files of a branch: read, write and delete, each write one commit by compare-and-swap."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime

from sluicegate.embedded.forge.api_error import ApiError, Json
from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.pulls import refresh
from sluicegate.embedded.forge.request_body import RequestBody, Required, Text
from sluicegate.embedded.forge.serializers import api, git_commit, html
from sluicegate.embedded.forge.state import Repository, signature
from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.names import ZERO, branch_ref, valid_branch, valid_path
from sluicegate.gate.adapters.git.objects import (
    Entry,
    find_entries,
    find_entry,
    printable,
    read_commits,
    read_tree,
)
from sluicegate.gate.adapters.git.write import Change, Signature, write_blob, write_commit, write_tree

INLINE_BYTES = 1024 * 1024
_TYPES = {"tree": "dir", "commit": "submodule", "blob": "file"}


class Committer(RequestBody):
    """A person of a commit; `date` is ISO 8601 (without it: now)."""

    name: Required
    email: Required
    date: Text | None = None


class FileDeletion(RequestBody):
    """A file to remove: the blob that it must be now, and the commit's words."""

    message: Required
    branch: Text | None = None
    sha: Text | None = None
    committer: Committer | None = None
    author: Committer | None = None


class FileWrite(FileDeletion):
    """A file to write, its content in Base64; without `sha` it must not be there yet."""

    content: Text | None = None


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
    git_url = api(call, repository, f"/git/{entry.kind}s/{entry.oid}")
    page = html(call, repository, f"/raw/{commit}/{path}")
    return {
        "name": path.rpartition("/")[2], "path": path, "sha": entry.oid, "size": entry.size,
        "type": kind,
        "url": url, "html_url": page, "git_url": git_url, "download_url": page if kind == "file" else None,
        "_links": {"self": url, "git": git_url, "html": page},
    }  # fmt: skip


def get(call: Call) -> Reply:
    """GET .../contents/{path}: a file, or a directory's list; above 1 MiB `encoding` is none: read it raw."""
    path = _path(call)
    repository = call.repository
    git = repository.git
    commit = git.resolve(call.query("ref") or "HEAD")
    if commit is None:
        raise ApiError(404, f"No commit found for the ref {call.query('ref')}")
    entry = find_entry(git, commit, path) if path else None
    if path and entry is None:
        raise ApiError(404, "Not Found")
    if entry is None or entry.kind == "tree":
        inside = read_tree(git, entry.oid if entry else commit)
        prefix = f"{path}/" if path else ""
        return Reply([_json(call, repository, commit, prefix + printable(one.path), one) for one in inside])
    if entry.kind != "blob":
        return Reply(_json(call, repository, commit, path, entry))
    if "raw" in call.request.headers.get("accept", ""):
        return Reply(raw=git.blob(entry.oid), media="application/vnd.github.raw; charset=utf-8")
    shown = _json(call, repository, commit, path, entry)
    if (entry.size or 0) > INLINE_BYTES:
        return Reply(shown | {"content": "", "encoding": "none"})
    content = base64.encodebytes(git.blob(entry.oid)).decode()
    return Reply(shown | {"content": content, "encoding": "base64"})


def put(call: Call) -> Reply:
    """PUT .../contents/{path}: create a file, or change the one whose blob is `sha`; else 409."""
    request = call.read(FileWrite)
    if request.content is None:
        raise ApiError(422, 'Invalid request.\n\n"content" wasn\'t supplied.')
    try:
        content = base64.b64decode("".join(request.content.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ApiError(422, "content is not valid Base64") from error
    return _write(call, request, content)


def delete(call: Call) -> Reply:
    """DELETE .../contents/{path}: remove the file whose blob is `sha`; else 409."""
    return _write(call, call.read(FileDeletion), None)


def _write(call: Call, request: FileDeletion, content: bytes | None) -> Reply:
    """Write or remove (None) the file of the path by one commit on the branch."""
    repository = call.repository
    path = _path(call)
    git = repository.git
    branch = request.branch or git.default_branch()
    if not path or not valid_branch(branch):
        raise ApiError(422, "path and branch must be given and be valid")
    ref = branch_ref(branch)
    with call.state.lock(repository):
        tip = git.resolve(ref)
        if tip is None and (git.refs("refs/heads/") or content is None):
            raise ApiError(404, f"Branch {branch} not found")
        old = _current(git, tip, path, request.sha, deleting=content is None)
        blob = write_blob(git, content) if content is not None else None
        tree = write_tree(git, tip, {path: Change(blob, old.mode if old else "100644")})
        committer = _signature(call, "committer", request.committer)
        author = _signature(call, "author", request.author or request.committer)
        created = write_commit(
            git, tree, (tip,) if tip else (), request.message, author=author, committer=committer
        )
        git.update_refs([(ref, created, tip or ZERO)])
        refresh(call.state, repository, call.user.login)
    entry = find_entry(git, created, path)
    shown = _json(call, repository, created, path, entry) if entry else None
    commit = git_commit(call, repository, read_commits(git, [created])[0])
    return Reply({"content": shown, "commit": commit}, 201 if content is not None and old is None else 200)


def _current(
    git: BareRepository, tip: str | None, path: str, sha: str | None, *, deleting: bool
) -> Entry | None:
    """What the path holds at the tip, which must be the blob `sha`. Raises `ApiError` 404, 409, 422."""
    parts = path.split("/")
    above = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
    there = find_entries(git, tip, [*above, path]) if tip else {}
    for directory in above:
        if directory in there and there[directory].kind != "tree":
            raise ApiError(422, f"path contains a file where a directory is needed: {directory}")
    entry = there.get(path)
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
    if sha != entry.oid:
        raise ApiError(409, f"{path} does not match {sha}")
    return entry


def _signature(call: Call, role: str, person: Committer | None) -> Signature:
    if person is None:
        return signature(call.user)
    date = _git_date(person.date, f"{role}.date") if person.date else ""
    return signature(call.user, person.name, person.email, date)


def _git_date(text: str, field: str) -> str:
    """ISO 8601 (without a zone: UTC) as git reads it whatever it says: seconds since 1970, in UTC."""
    try:
        moment = datetime.fromisoformat(text)
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).timestamp()
    except (ValueError, OverflowError) as error:
        raise ApiError(422, f"{field} is not a date: write it as 2026-11-30T12:00:00Z") from error
    if seconds < 0:
        raise ApiError(422, f"{field} is before 1970, which git cannot hold: give a later one")
    return f"@{int(seconds)} +0000"


ENDPOINTS = (
    Endpoint("GET", "/repos/{owner}/{repo}/contents/{path:path}", get),
    Endpoint("PUT", "/repos/{owner}/{repo}/contents/{path:path}", put, "write"),
    Endpoint("DELETE", "/repos/{owner}/{repo}/contents/{path:path}", delete, "write"),
)
