"""Who asks, which accounts there are, and the limits (there are none)."""

from __future__ import annotations

from urllib.parse import quote

from sluicegate.embedded.forge.api_error import ApiError, Json
from sluicegate.embedded.forge.endpoint import API, Call, Endpoint, Reply
from sluicegate.embedded.forge.names import valid_owner
from sluicegate.embedded.forge.serializers import node_id, user

_EPOCH = "2020-01-01T00:00:00Z"
_EMPTY = ("bio", "blog", "company", "email", "hireable", "location", "name")
_ZERO = (
    "followers", "following", "public_gists", "public_repos", "collaborators", "disk_usage",
    "owned_private_repos",
    "private_gists", "total_private_repos",
)  # fmt: skip


def _whole_user(call: Call, login: str) -> Json:
    more = dict.fromkeys(_EMPTY) | dict.fromkeys(_ZERO, 0)
    dates = {"created_at": _EPOCH, "updated_at": _EPOCH}
    return user(call, login) | more | dates | {"two_factor_authentication": False}


def me(call: Call) -> Reply:
    """GET /user."""
    return Reply(_whole_user(call, call.user.login))


def one_user(call: Call) -> Reply:
    """GET /users/{login}."""
    login = call.text("login")
    if login not in call.state.accounts.by_login:
        raise ApiError(404, "Not Found")
    return Reply(_whole_user(call, login))


def organization(call: Call) -> Reply:
    """GET /orgs/{login}: any valid name that is not an account's login may own repositories."""
    login = call.text("login")
    if not valid_owner(login) or login in call.state.accounts.by_login:
        raise ApiError(404, "Not Found")
    url = f"{call.base}{API}/orgs/{quote(login)}"
    urls = {f"{what}_url": f"{url}/{what}" for what in ("repos", "events", "hooks", "issues")}
    return Reply({
        "login": login, "id": 0, "node_id": node_id("Organization", login), "url": url,
        "type": "Organization",
        "members_url": f"{url}/members{{/member}}", "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"{call.base}/-/avatar.svg", "description": None,
        "html_url": f"{call.base}/{quote(login)}",
        "has_organization_projects": False, "has_repository_projects": False, "public_repos": 0,
        "public_gists": 0,
        "followers": 0, "following": 0, "created_at": _EPOCH, "updated_at": _EPOCH, "archived_at": None,
        **urls,
    })  # fmt: skip


def permission(call: Call) -> Reply:
    """GET .../collaborators/{login}/permission; 404 for a login without an account."""
    login = call.text("login")
    account = call.state.accounts.by_login.get(login)
    if account is None:
        raise ApiError(404, "Not Found")
    return Reply(
        {"permission": account.permission, "role_name": account.permission, "user": user(call, login)}
    )


def rate_limit(_: Call) -> Reply:
    """GET /rate_limit: constants, for no quota is kept."""
    core = {"limit": 5000, "used": 0, "remaining": 5000, "reset": 4102444800}
    return Reply({"resources": {"core": core, "search": core}, "rate": core})


def meta(_: Call) -> Reply:
    """GET /meta."""
    return Reply({"verifiable_password_authentication": False, "installed_version": "sluicegate-embedded"})


ENDPOINTS = (
    Endpoint("GET", "/user", me, "read"),
    Endpoint("GET", "/users/{login}", one_user),
    Endpoint("GET", "/orgs/{login}", organization),
    Endpoint("GET", "/repos/{owner}/{repo}/collaborators/{login}/permission", permission, "write"),
    Endpoint("GET", "/rate_limit", rate_limit),
    Endpoint("GET", "/meta", meta),
)
