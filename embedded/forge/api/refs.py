"""Refs and branches: read, create, move forward, delete."""

from __future__ import annotations

from sluicegate.embedded.forge.api_error import ApiError, Json, invalid
from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.pulls import refresh
from sluicegate.embedded.forge.request_body import RequestBody, Required
from sluicegate.embedded.forge.serializers import api, commit_json, node_id
from sluicegate.gate.adapters.git.command import RefMoved
from sluicegate.gate.adapters.git.names import ZERO, valid_branch, valid_ref
from sluicegate.gate.adapters.git.objects import read_commits


class NewRef(RequestBody):
    """A ref to create: its whole name, and the object that it names."""

    ref: Required
    sha: Required


class RefMove(RequestBody):
    """Where a ref moves; `force` also backwards or aside."""

    sha: Required
    force: bool = False


def _json(call: Call, name: str, sha: str, kind: str) -> Json:
    url = api(call, call.repository, f"/git/{name}")
    target = api(call, call.repository, f"/git/{kind}s/{sha}")
    return {
        "ref": name,
        "node_id": node_id("Ref", name),
        "url": url,
        "object": {"sha": sha, "type": kind, "url": target},
    }


def _list(call: Call, prefix: str) -> Reply:
    refresh(call.state, call.repository)
    refs = call.repository.git.refs("refs/")
    items = [(name, *where) for name, where in refs.items() if name.startswith(prefix)]
    return call.page(items, lambda some: [_json(call, *item) for item in some])


def every(call: Call) -> Reply:
    """GET .../git/refs."""
    return _list(call, "refs/")


def matching(call: Call) -> Reply:
    """GET .../git/matching-refs/{ref}: every ref that begins so."""
    return _list(call, f"refs/{call.text('ref')}")


def get(call: Call) -> Reply:
    """GET .../git/ref/{ref} and .../git/refs/{ref}."""
    name = f"refs/{call.text('ref')}"
    if not valid_ref(name):
        raise ApiError(404, "Not Found")
    refresh(call.state, call.repository)
    where = call.repository.git.refs(name).get(name)
    if where is None:
        raise ApiError(404, "Not Found")
    return Reply(_json(call, name, *where))


def _writable(name: str) -> str:
    if not valid_ref(name):
        raise ApiError(422, f"Reference name {name!r} is not valid: see git-check-ref-format")
    if name.startswith("refs/pull/"):
        raise ApiError(422, "Reference cannot be written: refs/pull/ follows the pulls by itself")
    return name


def _target_kind(call: Call, name: str, sha: str) -> str:
    """The type of the object that the ref is to name. Raises `ApiError` 422."""
    kind = call.repository.git.kind(sha)
    if kind is None:
        raise ApiError(422, "Object does not exist")
    if name.startswith("refs/heads/") and kind != "commit":
        raise ApiError(422, f"Reference of a branch must be a commit, not a {kind}")
    return kind


def create(call: Call) -> Reply:
    """POST .../git/refs; 422 if it exists."""
    request = call.read(NewRef)
    name = _writable(request.ref)
    sha = request.sha
    kind = _target_kind(call, name, sha)
    with call.state.lock(call.repository):
        if name in call.repository.git.refs(name):
            raise ApiError(422, "Reference already exists")
        try:
            call.repository.git.update_refs([(name, sha, ZERO)])
        except RefMoved as error:
            raise ApiError(422, f"Reference cannot be created: {error.message}") from error
        refresh(call.state, call.repository)
    created = _json(call, name, sha, kind)
    return Reply(created, 201, {"Location": created["url"]})


def update(call: Call) -> Reply:
    """PATCH .../git/refs/{ref}; without `force` only forward, else 422; 409 if it moved meanwhile."""
    name = _writable(f"refs/{call.text('ref')}")
    move = call.read(RefMove)
    sha = move.sha
    kind = _target_kind(call, name, sha)
    git = call.repository.git
    with call.state.lock(call.repository):
        where = git.refs(name).get(name)
        if where is None:
            raise ApiError(422, "Reference does not exist")
        forward = where[1] == kind == "commit" and git.is_ancestor(where[0], sha)
        if not move.force and not forward:
            raise ApiError(422, "Update is not a fast forward")
        git.update_refs([(name, sha, where[0])])
        refresh(call.state, call.repository, call.user.login)
    return Reply(_json(call, name, sha, kind))


def delete(call: Call) -> Reply:
    """DELETE .../git/refs/{ref}; the default branch stays."""
    name = _writable(f"refs/{call.text('ref')}")
    git = call.repository.git
    with call.state.lock(call.repository):
        where = git.refs(name).get(name)
        if where is None:
            raise ApiError(422, "Reference does not exist")
        if name == f"refs/heads/{git.default_branch()}":
            raise invalid("Reference", "ref", "the default branch cannot be deleted")
        git.update_refs([(name, ZERO, where[0])])
        refresh(call.state, call.repository)
    return Reply(None, 204)


def branches(call: Call) -> Reply:
    """GET .../branches."""
    refs = call.repository.git.refs("refs/heads/")
    items = [(name.removeprefix("refs/heads/"), sha) for name, (sha, _) in refs.items()]

    def short(item: tuple[str, str]) -> Json:
        commit = {"sha": item[1], "url": api(call, call.repository, f"/commits/{item[1]}")}
        return {"name": item[0], "commit": commit, "protected": False}

    return call.page(items, lambda some: [short(item) for item in some])


def branch(call: Call) -> Reply:
    """GET .../branches/{branch}."""
    name = call.text("branch")
    repository = call.repository
    sha = repository.git.resolve(f"refs/heads/{name}") if valid_branch(name) else None
    if sha is None:
        raise ApiError(404, "Branch not found")
    url = api(call, repository, f"/branches/{name}")
    return Reply({
        "name": name, "commit": commit_json(call, repository, read_commits(repository.git, [sha])[0]),
        "_links": {"self": url, "html": f"{call.base}/{repository.full_name}"}, "protected": False,
        "protection": {"enabled": False}, "protection_url": f"{url}/protection",
    })  # fmt: skip


ENDPOINTS = (
    Endpoint("GET", "/repos/{owner}/{repo}/git/refs", every),
    Endpoint("POST", "/repos/{owner}/{repo}/git/refs", create, "write"),
    Endpoint("GET", "/repos/{owner}/{repo}/git/matching-refs/{ref:path}", matching),
    Endpoint("GET", "/repos/{owner}/{repo}/git/ref/{ref:path}", get),
    Endpoint("GET", "/repos/{owner}/{repo}/git/refs/{ref:path}", get),
    Endpoint("PATCH", "/repos/{owner}/{repo}/git/refs/{ref:path}", update, "write"),
    Endpoint("DELETE", "/repos/{owner}/{repo}/git/refs/{ref:path}", delete, "write"),
    Endpoint("GET", "/repos/{owner}/{repo}/branches", branches),
    Endpoint("GET", "/repos/{owner}/{repo}/branches/{branch:path}", branch),
)
