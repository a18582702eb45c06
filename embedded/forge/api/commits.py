"""Commits of a branch or a file, one commit with its files or its pulls, and the comparison of two."""

from __future__ import annotations

from sluicegate.embedded.forge.api_error import ApiError
from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.pull_serializers import pull_summary_json
from sluicegate.embedded.forge.pulls import Pull, all_pulls
from sluicegate.embedded.forge.serializers import (
    api,
    commit_json,
    commits_json,
    file_json,
    html,
    repository_json,
)
from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.diff import difference
from sluicegate.gate.adapters.git.names import EMPTY_TREE, valid_path
from sluicegate.gate.adapters.git.objects import history, read_commits

COMPARE_FILES = 300


def listing(call: Call) -> Reply:
    """GET .../commits?sha=branch-or-sha&path=, newest first; 409 while the repository is empty."""
    git = call.repository.git
    name = call.query("sha")
    path = call.query("path").strip("/")
    tip = git.resolve(name or "HEAD")
    if tip is None:
        raise ApiError(404, "Not Found") if name else ApiError(409, "Git Repository is empty.")
    if path and not valid_path(path):
        raise ApiError(422, "path contains a malformed path component")
    shas = history(git, tip, path=path or None)
    return call.page(shas, lambda some: commits_json(call, call.repository, some))


def get(call: Call) -> Reply:
    """GET .../commits/{ref}, with stats and files."""
    git = call.repository.git
    sha = git.resolve(call.text("ref"))
    if sha is None:
        raise ApiError(422, f"No commit found for SHA: {call.text('ref')}")
    commit = read_commits(git, [sha])[0]
    files = difference(git, commit.parents[0] if commit.parents else EMPTY_TREE, sha)
    return Reply(commit_json(call, call.repository, commit, files))


def pulls(call: Call) -> Reply:
    """GET .../commits/{sha}/pulls: the pull whose merge brought the commit, and those that contain it."""
    git = call.repository.git
    sha = git.resolve(call.text("ref"))
    if sha is None:
        raise ApiError(422, f"No commit found for SHA: {call.text('ref')}")
    found = [pull for pull in all_pulls(call.state, call.repository) if _brings(git, pull, sha)]
    repository = repository_json(call, call.repository)
    return call.page(found, lambda some: [pull_summary_json(call, pull, repository) for pull in some])


def _brings(git: BareRepository, pull: Pull, sha: str) -> bool:
    """Whether `sha` is of the pull's own commits, or of those that its merge put on the base."""
    ends = [pull.head_sha]
    if pull.merged_at is not None and pull.merge_sha is not None:
        ends.append(pull.merge_sha)
    return any(git.is_ancestor(sha, end) for end in ends) and not git.is_ancestor(sha, pull.base_sha)


def compare(call: Call) -> Reply:
    """GET .../compare/{base}...{head}: commits are pages, files (at most 300) are on the first."""
    base_name, dots, head_name = call.text("basehead").partition("...")
    repository = call.repository
    git = repository.git
    owner = f"{repository.owner}:"
    ends = [git.resolve(name.removeprefix(owner)) for name in (base_name, head_name)]
    base, head = ends
    if not dots or base is None or head is None:
        raise ApiError(404, "Not Found")
    common = git.merge_base(base, head)
    if common is None:
        raise ApiError(404, f"No common ancestor between {base_name} and {head_name}.")
    ahead = history(git, head, without=base)[::-1]
    behind = len(history(git, base, without=head))
    files = difference(git, common, head)[:COMPARE_FILES]
    first, middle = commits_json(call, repository, [base, common])
    url = api(call, repository, f"/compare/{call.text('basehead')}")
    page = html(call, repository, f"/compare/{call.text('basehead')}")

    return call.page(
        ahead,
        lambda some: {
            "url": url, "html_url": page, "permalink_url": page, "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch", "base_commit": first, "merge_base_commit": middle,
            "status": _status(len(ahead), behind),
            "ahead_by": len(ahead), "behind_by": behind, "total_commits": len(ahead),
            "commits": commits_json(call, repository, some),
            "files": [file_json(call, repository, head, file) for file in files],
        },
    )  # fmt: skip


def _status(ahead: int, behind: int) -> str:
    """GitHub's word for how many commits each side has that the other has not."""
    if ahead and behind:
        return "diverged"
    if ahead:
        return "ahead"
    return "behind" if behind else "identical"


ENDPOINTS = (
    Endpoint("GET", "/repos/{owner}/{repo}/commits", listing),
    Endpoint("GET", "/repos/{owner}/{repo}/commits/{ref:path}/pulls", pulls),
    Endpoint("GET", "/repos/{owner}/{repo}/commits/{ref:path}", get),
    Endpoint("GET", "/repos/{owner}/{repo}/compare/{basehead:path}", compare),
)
