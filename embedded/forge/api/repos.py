"""Repositories: read, create and fork."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sluicegate.embedded.forge.api_error import ApiError, Json, invalid
from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.forks import fork, forks_of
from sluicegate.embedded.forge.names import valid_owner, valid_repository
from sluicegate.embedded.forge.request_body import RequestBody, Required, Text
from sluicegate.embedded.forge.serializers import WHOLE_ONLY, repository_json, whole_repository_json
from sluicegate.embedded.forge.state import Repository, signature
from sluicegate.gate.adapters.git.names import ZERO
from sluicegate.gate.adapters.git.write import Change, write_blob, write_commit, write_tree


class NewRepository(RequestBody):
    """A repository to create; `auto_init` gives it a first commit."""

    name: Required
    description: Annotated[Text, Field(max_length=350)] | None = None
    auto_init: bool = False


def get(call: Call) -> Reply:
    """GET /repos/{owner}/{repo}."""
    return Reply(whole_repository_json(call, call.repository))


_OWN_ONLY = ("allow_auto_merge", "allow_merge_commit", "allow_rebase_merge", "allow_squash_merge")


def listing(call: Call) -> Reply:
    """GET /user/repos, /users/{login}/repos, /orgs/{login}/repos: lists have fewer fields than one alone."""
    login = call.request.path_params.get("login")
    owner = login or call.user.login
    left_out = WHOLE_ONLY + (_OWN_ONLY if login else ())
    owned = [repository for repository in call.state.repositories() if repository.owner == owner]

    return _page(call, owned, left_out)


def _page(call: Call, found: list[Repository], left_out: tuple[str, ...]) -> Reply:
    def shown(one: Repository) -> Json:
        return {key: value for key, value in repository_json(call, one).items() if key not in left_out}

    return call.page(found, lambda some: [shown(one) for one in some])


class NewFork(RequestBody):
    """A fork to make, in the account that asks."""

    name: Required | None = None
    default_branch_only: bool = False


def forks(call: Call) -> Reply:
    """GET .../forks, newest first."""
    return _page(call, forks_of(call.state, call.repository), WHOLE_ONLY + _OWN_ONLY)


def create_fork(call: Call) -> Reply:
    """POST .../forks: all branches and tags; the fork that the account has already is the answer."""
    request = call.read(NewFork)
    parent = call.repository
    owner = call.user.login
    made = next((one for one in forks_of(call.state, parent) if one.owner == owner), None)
    if made is None and owner != parent.owner:
        name = request.name or parent.name
        made = fork(call.state, parent, owner, name) if valid_repository(name) else None
    if made is None:
        raise ApiError(403, "The fork cannot be made: its name is taken, or the repository is your own")
    return Reply(whole_repository_json(call, made), 202)


def create(call: Call) -> Reply:
    """POST /user/repos, /orgs/{login}/repos; `auto_init` writes a first commit with a README.md."""
    owner = call.request.path_params.get("login") or call.user.login
    request = call.read(NewRepository)
    name = request.name
    if not valid_owner(owner):
        raise ApiError(404, "Not Found")
    if "login" in call.request.path_params and owner in call.state.accounts.by_login:
        raise ApiError(404, "Not Found")
    if not valid_repository(name):
        raise invalid(
            "Repository",
            "name",
            "use letters, digits, '.', '_' and '-', at most 100, starting with no dot or dash",
        )
    created = call.state.create(owner, name, request.description)
    if created is None:
        raise invalid("Repository", "name", "name already exists on this account")
    if request.auto_init:
        blob = write_blob(created.git, f"# {name}\n\n{request.description or ''}".rstrip().encode() + b"\n")
        tree = write_tree(created.git, None, {"README.md": Change(blob)})
        first = write_commit(created.git, tree, (), "Initial commit\n", author=signature(call.user))
        created.git.update_refs([(f"refs/heads/{created.git.default_branch()}", first, ZERO)])
    return Reply(repository_json(call, created), 201)


ENDPOINTS = (
    Endpoint("GET", "/repos/{owner}/{repo}", get),
    Endpoint("GET", "/repos/{owner}/{repo}/forks", forks),
    Endpoint("POST", "/repos/{owner}/{repo}/forks", create_fork, "read"),
    Endpoint("GET", "/user/repos", listing, "read"),
    Endpoint("GET", "/users/{login}/repos", listing),
    Endpoint("GET", "/orgs/{login}/repos", listing),
    Endpoint("POST", "/user/repos", create, "admin"),
    Endpoint("POST", "/orgs/{login}/repos", create, "admin"),
)
