"""Who asks, which accounts there are, and the limits."""

from __future__ import annotations

from urllib.parse import quote

from sluicegate.embedded.forge.api_error import ApiError, Json
from sluicegate.embedded.forge.auth import LEVELS, permission_in
from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.names import valid_owner
from sluicegate.embedded.forge.serializers import node_id, user
from sluicegate.embedded.forge.wire import API, COMMON_HEADERS

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
    allowed = permission_in(account, call.repository.owner)
    level = LEVELS.index(allowed)
    can = {"pull": True, "triage": level > 0, "push": level > 0, "maintain": level > 1, "admin": level > 1}
    role = {"role_name": allowed}
    who = user(call, login) | role | {"permissions": can}
    return Reply({"permission": allowed, "user": who} | role)


def rate_limit(call: Call) -> Reply:
    """GET /rate_limit; constants where no quota is set."""
    headers = COMMON_HEADERS | call.state.quota.headers(call.account.id if call.account else 0)
    core = {
        name: int(headers[f"X-RateLimit-{name.title()}"]) for name in ("limit", "used", "remaining", "reset")
    }
    return Reply({"resources": {"core": core, "search": core}, "rate": core})


def meta(_: Call) -> Reply:
    """GET /meta."""
    return Reply({"verifiable_password_authentication": False})


ENDPOINTS = (
    Endpoint("GET", "/user", me, "read"),
    Endpoint("GET", "/users/{login}", one_user),
    Endpoint("GET", "/orgs/{login}", organization),
    Endpoint("GET", "/repos/{owner}/{repo}/collaborators/{login}/permission", permission, "write"),
    Endpoint("GET", "/rate_limit", rate_limit),
    Endpoint("GET", "/meta", meta),
)
