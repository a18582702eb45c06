"""The JSON of users, repositories and commits, shared by the resources.

Field names, and which are required: GitHub's OpenAPI description (ghes-3.19: simple-user, commit, ...).
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Protocol
from urllib.parse import quote

from sluicegate.embedded.forge.api_error import Json
from sluicegate.embedded.forge.auth import Token, may
from sluicegate.embedded.forge.forks import forks_of, parent_of
from sluicegate.embedded.forge.state import NOREPLY, ForgeState, Repository
from sluicegate.embedded.forge.wire import API
from sluicegate.gate.adapters.git.diff import FileChange
from sluicegate.gate.adapters.git.objects import Commit, Person, read_commits

_USER_URLS = (
    "followers", "following", "gists", "starred", "subscriptions", "organizations", "repos", "events",
    "received_events",
)  # fmt: skip
_REPOSITORY_URLS = {
    "archive_url": "/{archive_format}{/ref}", "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}", "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}", "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}", "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads", "events_url": "/events", "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}", "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks", "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}", "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}", "languages_url": "/languages", "merges_url": "/merges",
    "milestones_url": "/milestones{/number}", "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}", "releases_url": "/releases{/id}", "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}", "subscribers_url": "/subscribers", "subscription_url": "/subscription",
    "tags_url": "/tags", "teams_url": "/teams", "trees_url": "/git/trees{/sha}",
}  # fmt: skip
_COUNTS = (
    "forks", "forks_count", "stargazers_count", "watchers", "watchers_count", "network_count",
    "subscribers_count",
)  # fmt: skip
_FALSE = (
    "private", "has_wiki", "has_pages", "has_projects", "has_discussions", "has_downloads",
    "archived",
    "disabled", "is_template", "allow_auto_merge",
    "delete_branch_on_merge", "allow_forking",
)  # fmt: skip
WHOLE_ONLY = ("network_count", "subscribers_count")
"""What a repository has only where it is shown alone."""
UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


class UrlContext(Protocol):
    """What addresses are built from: a request has it, and so has a webhook's payload."""

    @property
    def state(self) -> ForgeState:
        """The forge's state."""

    @property
    def base(self) -> str:
        """`http://host:port` that addresses begin with."""

    @property
    def account(self) -> Token | None:
        """Who asks."""

    @property
    def repository(self) -> Repository:
        """The repository that the addresses belong to."""


def node_id(kind: str, number: int | str) -> str:
    """An opaque id, as GitHub gives one to every object."""
    return base64.b64encode(f"{kind}:{number}".encode()).decode()


def api(call: UrlContext, repository: Repository, rest: str = "") -> str:
    """An absolute API address below the repository; `rest` is quoted here."""
    return f"{call.base}{API}/repos/{repository.full_name}{quote(rest, safe='/:')}"


def html(call: UrlContext, repository: Repository, rest: str = "") -> str:
    """An absolute address of a page of the repository."""
    return f"{call.base}/{repository.full_name}{quote(rest, safe='/:#')}"


def user(call: UrlContext, login: str) -> Json:
    """`simple-user`; a login that the forge was not started with has id 0."""
    account = call.state.accounts.by_login.get(login)
    number = account.id if account else 0
    name = quote(login)
    urls = {f"{what}_url": f"{call.base}{API}/users/{name}/{what}" for what in _USER_URLS}
    return {
        "login": login, "id": number, "node_id": node_id("User", number),
        "avatar_url": f"{call.base}/-/avatar.svg",
        "gravatar_id": "", "url": f"{call.base}{API}/users/{name}", "html_url": f"{call.base}/{name}",
        "type": "Bot" if login.endswith("[bot]") else "User", "site_admin": False, **urls,
    }  # fmt: skip


def repository_json(call: UrlContext, repository: Repository) -> Json:
    """`full-repository`, and `permissions` of who asks."""
    git = repository.git
    base = api(call, repository)
    latest = git.text(
        "for-each-ref",
        "--sort=-committerdate",
        "--count=1",
        "--format=%(committerdate:iso-strict)",
        "refs/heads/",
    )
    opened = call.state.store.row(
        "SELECT count(*) AS n FROM pulls WHERE repository = ? AND state = 'open'", repository.id
    ) or {"n": 0}
    owner = repository.owner
    can = {
        "admin": may(call.account, "admin", owner), "maintain": may(call.account, "admin", owner),
        "push": may(call.account, "write", owner), "triage": may(call.account, "write", owner), "pull": True,
    }  # fmt: skip
    page = html(call, repository)
    return {
        "id": repository.id, "node_id": node_id("Repository", repository.id), "name": repository.name,
        "full_name": repository.full_name, "owner": user(call, repository.owner),
        "description": repository.description,
        "url": base, "html_url": page, "clone_url": f"{page}.git", "git_url": f"{page}.git", "svn_url": page,
        "ssh_url": f"{page}.git", "mirror_url": None, "homepage": None, "language": None, "license": None,
        "default_branch": git.default_branch(), "visibility": "public", "topics": [],
        "size": _kilobytes(git.text("count-objects", "-v")),
        "has_issues": True, "open_issues": opened["n"],
        "allow_merge_commit": True, "allow_squash_merge": True, "allow_rebase_merge": True,
        "open_issues_count": opened["n"],
        "created_at": repository.created_at, "updated_at": repository.created_at,
        "pushed_at": latest or repository.created_at, "permissions": can,
        **dict.fromkeys(_COUNTS, 0), **dict.fromkeys(_FALSE, False),
        **dict.fromkeys(("forks", "forks_count"), len(forks_of(call.state, repository))),
        "fork": parent_of(call.state, repository) is not None,
        **{key: base + rest for key, rest in _REPOSITORY_URLS.items()},
    }  # fmt: skip


def whole_repository_json(call: UrlContext, repository: Repository) -> Json:
    """Likewise; a fork's also names where it came from."""
    parent = parent_of(call.state, repository)
    shown = repository_json(call, repository)
    if parent is None:
        return shown
    source = {key: value for key, value in repository_json(call, parent).items() if key not in WHOLE_ONLY}
    return shown | {"parent": source, "source": source}


def _kilobytes(counts: str) -> int:
    sizes = dict(line.split(": ") for line in counts.splitlines() if ": " in line)
    return int(sizes.get("size", 0)) + int(sizes.get("size-pack", 0))


def _account(call: UrlContext, person: Person) -> Json | None:
    local, _, domain = person.email.partition("@")
    login = local.partition("+")[2]
    known = domain == NOREPLY and login in call.state.accounts.by_login
    return user(call, login) if known else None


def _person(person: Person) -> Json:
    return {"name": person.name, "email": person.email, "date": person.date}


def git_commit(call: UrlContext, repository: Repository, commit: Commit) -> Json:
    """`git-commit`: the object as git has it."""
    parents = [
        {
            "sha": sha, "url": api(call, repository, f"/git/commits/{sha}"),
            "html_url": html(call, repository, f"/commit/{sha}"),
        }
        for sha in commit.parents
    ]  # fmt: skip
    return {
        "sha": commit.sha, "node_id": node_id("Commit", commit.sha),
        "url": api(call, repository, f"/git/commits/{commit.sha}"),
        "html_url": html(call, repository, f"/commit/{commit.sha}"), "author": _person(commit.author),
        "committer": _person(commit.committer), "message": commit.text, "parents": parents,
        "tree": {"sha": commit.tree, "url": api(call, repository, f"/git/trees/{commit.tree}")},
        "verification": UNSIGNED,
    }  # fmt: skip


def commit_json(
    call: UrlContext, repository: Repository, commit: Commit, files: Sequence[FileChange] | None = None
) -> Json:
    """`commit`, with stats and files if they are given."""
    plain = git_commit(call, repository, commit)
    inner = {key: plain[key] for key in ("author", "committer", "message", "tree", "url", "verification")}
    url = api(call, repository, f"/commits/{commit.sha}")
    parents = [
        parent | {"url": api(call, repository, f"/commits/{parent['sha']}")} for parent in plain["parents"]
    ]
    shown = {
        "sha": commit.sha, "node_id": plain["node_id"], "url": url, "html_url": plain["html_url"],
        "comments_url": f"{url}/comments", "commit": inner | {"comment_count": 0}, "parents": parents,
        "author": _account(call, commit.author), "committer": _account(call, commit.committer),
    }  # fmt: skip
    if files is not None:
        added = sum(file.additions for file in files)
        deleted = sum(file.deletions for file in files)
        shown["stats"] = {"additions": added, "deletions": deleted, "total": added + deleted}
        shown["files"] = [file_json(call, repository, commit.sha, file) for file in files]
    return shown


def commits_json(call: UrlContext, repository: Repository, shas: Sequence[str]) -> list[Json]:
    """Several commits, read by one process."""
    return [commit_json(call, repository, commit) for commit in read_commits(repository.git, shas)]


def file_json(call: UrlContext, repository: Repository, sha: str, file: FileChange) -> Json:
    """`diff-entry`."""
    shown = {
        "sha": file.sha, "filename": file.path, "status": file.status, "additions": file.additions,
        "deletions": file.deletions, "changes": file.additions + file.deletions,
        "blob_url": html(call, repository, f"/raw/{sha}/{file.path}"),
        "raw_url": html(call, repository, f"/raw/{sha}/{file.path}"),
        "contents_url": api(call, repository, f"/contents/{file.path}") + f"?ref={sha}",
    }  # fmt: skip
    if file.patch is not None:
        shown["patch"] = file.patch
    if file.previous:
        shown["previous_filename"] = file.previous
    return shown
