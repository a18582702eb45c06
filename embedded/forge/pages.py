"""What a browser shows: the repositories, one repository, one pull, one commit. Read only; no script runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sluicegate.embedded.forge.api_error import ApiError
from sluicegate.embedded.forge.markup import render
from sluicegate.embedded.forge.pulls import (
    Pull,
    all_pulls,
    mergeable,
    one_pull,
    pull_base,
    pull_commits,
    refresh,
)
from sluicegate.embedded.forge.state import ForgeState, Repository
from sluicegate.embedded.forge.store import Row, newest
from sluicegate.gate.adapters.git.diff import difference
from sluicegate.gate.adapters.git.names import EMPTY_TREE, valid_path
from sluicegate.gate.adapters.git.objects import Commit, find_entry, history, read_commits, trailers
from sluicegate.specs.names import is_revision

_TEMPLATES = Path(__file__).parent / "templates"
TEXT_BYTES = 20 * 1024 * 1024
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox allow-popups"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_VERDICTS = {
    "success": ("✓", "good"), "neutral": ("■", "dim"), "skipped": ("■", "dim"), "failure": ("✗", "bad"),
    "error": ("✗", "bad"), "timed_out": ("✗", "bad"), "cancelled": ("■", "dim"),
    "action_required": ("!", "warn"),
}  # fmt: skip
_AVATAR = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="8" fill="#7a8794"/>'
    '<circle cx="8" cy="6" r="3" fill="#fff"/><path d="M2.5 14a5.5 5 0 0 1 11 0z" fill="#fff"/></svg>'
)
Values = dict[str, Any]
Build = Callable[[ForgeState, Repository, Mapping[str, Any]], tuple[str, Values]]


def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    # The only filter that makes markup of text: `render` lets nothing through but an allow list.
    templates.filters["markdown"] = lambda text: Markup(render(text))  # noqa: S704
    templates.filters["icon"] = lambda word: _VERDICTS.get(word, ("●", "warn"))[0]
    templates.filters["tone"] = lambda word: _VERDICTS.get(word, ("●", "warn"))[1]
    return templates


_PAGES = _templates()


def checks_of(state: ForgeState, repository: Repository, sha: str) -> list[Row]:
    """Check runs and statuses of a commit in one list: name, verdict, title, summary, url, id."""
    runs = state.store.rows(
        "SELECT * FROM check_runs WHERE repository = ? AND head_sha = ? ORDER BY id DESC", repository.id, sha
    )
    statuses = state.store.rows(
        "SELECT * FROM statuses WHERE repository = ? AND sha = ? ORDER BY id DESC", repository.id, sha
    )
    shown = [
        {
            "name": run["name"], "verdict": run["conclusion"] or run["status"], "title": run["title"],
            "summary": run["summary"], "url": run["details_url"], "id": run["id"],
        }
        for run in newest(runs, "name", "author")
    ]  # fmt: skip
    shown += [
        {
            "name": status["context"], "verdict": status["state"], "title": status["description"],
            "summary": None,
            "url": status["target_url"], "id": None,
        }
        for status in newest(statuses, "context")
    ]  # fmt: skip
    return sorted(shown, key=lambda check: check["name"])


def _with_trailers(repository: Repository, shas: list[str]) -> list[tuple[Commit, list[tuple[str, str]]]]:
    by_sha = trailers(repository.git, shas)
    return [(commit, by_sha.get(commit.sha, [])) for commit in read_commits(repository.git, shas)]


def repository_page(state: ForgeState, repository: Repository, _: Mapping[str, Any]) -> tuple[str, Values]:
    """/OWNER/NAME: branches, the latest commits, pulls."""
    git = repository.git
    refresh(state, repository)
    branches = [(name.removeprefix("refs/heads/"), sha) for name, (sha, _) in git.refs("refs/heads/").items()]
    tip = git.resolve("HEAD")
    recent = _with_trailers(repository, history(git, tip)[:30]) if tip else []
    values = {"branches": branches, "recent": recent, "branch": git.default_branch()}
    return "repository.html", values | {"pulls": all_pulls(state, repository)}


def pull_page(state: ForgeState, repository: Repository, path: Mapping[str, Any]) -> tuple[str, Values]:
    """/OWNER/NAME/pull/N."""
    pull = one_pull(state, repository, min(path["number"], 2**62))
    labels = state.store.rows(
        "SELECT name FROM labels JOIN labelled ON label = id WHERE repository = ? AND number = ? "
        "ORDER BY name",
        repository.id, pull.number,
    )  # fmt: skip
    comments = state.store.rows(
        "SELECT * FROM comments WHERE repository = ? AND number = ? ORDER BY id", repository.id, pull.number
    )
    return "pull.html", {
        "pull": pull, "state": _shown_state(pull), "labels": labels, "comments": comments,
        "fits": mergeable(repository, pull),
        "checks": checks_of(state, repository, pull.head_sha),
        "commits": _with_trailers(repository, pull_commits(repository, pull)),
        "files": difference(repository.git, pull_base(repository, pull), pull.head_sha),
    }  # fmt: skip


def _shown_state(pull: Pull) -> str:
    if pull.merged_at:
        return "merged"
    if pull.draft and pull.state == "open":
        return "draft"
    return pull.state


def commit_page(state: ForgeState, repository: Repository, path: Mapping[str, Any]) -> tuple[str, Values]:
    """/OWNER/NAME/commit/SHA."""
    sha = repository.git.resolve(path["sha"]) if is_revision(path["sha"]) else None
    if sha is None:
        raise ApiError(404, "Not Found")
    (commit, commit_trailers), *_ = _with_trailers(repository, [sha])
    files = difference(repository.git, commit.parents[0] if commit.parents else EMPTY_TREE, sha)
    checks = checks_of(state, repository, sha)
    return "commit.html", {"commit": commit, "trailers": commit_trailers, "files": files, "checks": checks}


def compare_page(_: ForgeState, repository: Repository, path: Mapping[str, Any]) -> tuple[str, Values]:
    """/OWNER/NAME/compare/BASE...HEAD."""
    git = repository.git
    base_name, _, head_name = path["basehead"].partition("...")
    base = git.resolve(base_name)
    head = git.resolve(head_name)
    common = git.merge_base(base, head) if base and head else None
    if base is None or head is None or common is None:
        raise ApiError(404, "Not Found")
    commits = _with_trailers(repository, history(git, head, without=base)[::-1])
    files = difference(git, common, head)
    return "compare.html", {"base": base_name, "head": head_name, "commits": commits, "files": files}


def _page(build: Build) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        state: ForgeState = request.app.state.forge
        return await run_in_threadpool(_answer, state, build, request)

    return answer


def _answer(state: ForgeState, build: Build, request: Request) -> Response:
    path = request.path_params
    repository = state.repository(path["owner"], path["repo"])
    try:
        if repository is None:
            raise ApiError(404, "Not Found")
        name, values = build(state, repository, path)
    except ApiError as error:
        return show("error.html", {"message": error.message}, error.status)
    return show(name, values | {"repository": repository})


def show(name: str, values: Values, status: int = 200) -> Response:
    """A rendered template."""
    return Response(_PAGES.get_template(name).render(values), status, HEADERS, "text/html")


def _index(request: Request) -> Response:
    repositories = request.app.state.forge.repositories()
    owner = request.path_params.get("owner")
    return show("index.html", {"repositories": [one for one in repositories if owner in (None, one.owner)]})


def _text(request: Request) -> Response:
    """/OWNER/NAME/pull/N.diff and N.patch, as git writes them; at most `TEXT_BYTES`."""
    path = request.path_params
    state = request.app.state.forge
    repository = state.repository(path["owner"], path["repo"])
    try:
        pull = one_pull(state, repository, min(path["number"], 2**62)) if repository else None
    except ApiError:
        pull = None
    if pull is None:
        return show("error.html", {"message": "Not Found"}, 404)
    span = f"{pull_base(repository, pull)}..{pull.head_sha}"
    words = ("diff",) if request.url.path.endswith(".diff") else ("format-patch", "--stdout")
    content, _ = repository.git.beginning(TEXT_BYTES, *words, "--no-ext-diff", "--no-textconv", span)
    return Response(content, 200, HEADERS, "text/plain")


def _raw(request: Request) -> Response:
    """/OWNER/NAME/raw/SHA/PATH: a file's bytes, never as a page of ours."""
    path = request.path_params
    repository = request.app.state.forge.repository(path["owner"], path["repo"])
    sha = repository.git.resolve(path["sha"]) if repository and is_revision(path["sha"]) else None
    entry = None
    if repository and sha and valid_path(path["path"]):
        entry = find_entry(repository.git, sha, path["path"])
    if repository is None or entry is None or entry.kind != "blob":
        return show("error.html", {"message": "Not Found"}, 404)
    content = repository.git.blob(entry.oid)
    media = "application/octet-stream" if b"\0" in content[:8000] else "text/plain"
    if path["path"].endswith(".svg"):
        media = "image/svg+xml"  # an image in a comment; the policy lets no script of it run
    return Response(content, 200, HEADERS, media)


def _style(_: Request) -> Response:
    return Response((_TEMPLATES / "style.css").read_text(), 200, HEADERS, "text/css")


def _avatar(_: Request) -> Response:
    return Response(_AVATAR, 200, HEADERS, "image/svg+xml")


ROUTES: tuple[BaseRoute, ...] = (
    Route("/", _index),
    Route("/-/style.css", _style),
    Route("/-/avatar.svg", _avatar),
    Route("/{owner}", _index),
    Route("/{owner}/{repo}", _page(repository_page)),
    Route("/{owner}/{repo}/pull/{number:int}", _page(pull_page)),
    Route("/{owner}/{repo}/pull/{number:int}.diff", _text),
    Route("/{owner}/{repo}/pull/{number:int}.patch", _text),
    Route("/{owner}/{repo}/compare/{basehead:path}", _page(compare_page)),
    Route("/{owner}/{repo}/commit/{sha}", _page(commit_page)),
    Route("/{owner}/{repo}/raw/{sha}/{path:path}", _raw),
)
