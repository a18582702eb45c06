"""Repositories: read and create."""

from __future__ import annotations

from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.git import ZERO
from sluicegate.embedded.forge.names import valid_owner, valid_repository
from sluicegate.embedded.forge.request_body import ApiError, invalid
from sluicegate.embedded.forge.serializers import repository_json
from sluicegate.embedded.forge.state import signature
from sluicegate.embedded.forge.writing import commit_tree, tree_with, write_blob


def get(call: Call) -> Reply:
    """GET /repos/{owner}/{repo}."""
    return Reply(repository_json(call, call.repository))


def listing(call: Call) -> Reply:
    """GET /user/repos, /users/{login}/repos, /orgs/{login}/repos."""
    owner = call.request.path_params.get("login") or call.user.login
    found = [repository for repository in call.hub.repositories() if repository.owner == owner]
    return call.page(found, lambda some: [repository_json(call, one) for one in some])


def create(call: Call) -> Reply:
    """POST /user/repos, /orgs/{login}/repos; `auto_init` writes a first commit with a README.md."""
    owner = call.request.path_params.get("login") or call.user.login
    name, description = call.body.need("name"), call.body.text("description", 350)
    if not valid_owner(owner):
        raise ApiError(404, "Not Found")
    if "login" in call.request.path_params and owner in call.hub.accounts.by_login:
        raise ApiError(404, "Not Found")
    if not valid_repository(name):
        raise invalid(
            "Repository",
            "name",
            "use letters, digits, '.', '_' and '-', at most 100, starting with no dot or dash",
        )
    start = call.body.flag("auto_init")
    made = call.hub.create(owner, name, description)
    if made is None:
        raise invalid("Repository", "name", "name already exists on this account")
    if start:
        blob = write_blob(made.git, f"# {name}\n\n{description or ''}".rstrip().encode() + b"\n")
        who = signature(call.user)
        tree = tree_with(made.git, None, "README.md", blob)
        first = commit_tree(made.git, tree, (), "Initial commit\n", author=who, committer=who)
        made.git.update_refs([(f"refs/heads/{made.git.default_branch()}", first, ZERO)])
    return Reply(repository_json(call, made), 201)


ENDPOINTS = (
    Endpoint("GET", "/repos/{owner}/{repo}", get),
    Endpoint("GET", "/user/repos", listing, "read"),
    Endpoint("GET", "/users/{login}/repos", listing),
    Endpoint("GET", "/orgs/{login}/repos", listing),
    Endpoint("POST", "/user/repos", create, "admin"),
    Endpoint("POST", "/orgs/{login}/repos", create, "admin"),
)
