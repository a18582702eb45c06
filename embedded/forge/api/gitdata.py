"""Objects of git, as they are: commits, trees, blobs."""

from __future__ import annotations

import base64

from sluicegate.embedded.forge.api_error import ApiError, Json
from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.serializers import api, git_commit, node_id
from sluicegate.gate.adapters.git.objects import Entry, printable, read_commits, read_tree
from sluicegate.specs.names import is_revision

TREE_ENTRIES = 100_000
BLOB_BYTES = 100 * 1024 * 1024


def commit(call: Call) -> Reply:
    """GET .../git/commits/{sha}."""
    git = call.repository.git
    sha = call.text("sha")
    if git.kind(sha) != "commit":
        raise ApiError(404, "Not Found")
    return Reply(git_commit(call, call.repository, read_commits(git, [sha])[0]))


def tree(call: Call) -> Reply:
    """GET .../git/trees/{sha}: of a tree, a commit or a ref; `recursive` (any value but 0) walks down."""
    git = call.repository.git
    name = call.text("sha")
    treeish = name if is_revision(name) and git.kind(name) in ("tree", "commit") else git.resolve(name)
    if treeish is None:
        raise ApiError(404, "Not Found")
    sha = git.tree_of(treeish)
    if sha is None:
        raise ApiError(404, "Not Found")
    deep = call.query("recursive", "0") not in ("", "0", "false")
    entries = read_tree(git, sha, recursive=deep, with_trees=True)

    def entry(one: Entry) -> Json:
        kind = "commits" if one.kind == "commit" else f"{one.kind}s"
        shown = {"path": printable(one.path), "mode": one.mode, "type": one.kind, "sha": one.oid}
        size = {"size": one.size} if one.kind == "blob" else {}
        return shown | size | {"url": api(call, call.repository, f"/git/{kind}/{one.oid}")}

    shown = [entry(one) for one in entries[:TREE_ENTRIES]]
    url = api(call, call.repository, f"/git/trees/{sha}")
    return Reply({"sha": sha, "url": url, "tree": shown, "truncated": len(entries) > TREE_ENTRIES})


def blob(call: Call) -> Reply:
    """GET .../git/blobs/{sha}: base64, or the bytes with `Accept: application/vnd.github.raw`."""
    git = call.repository.git
    sha = call.text("sha")
    if git.kind(sha) != "blob":
        raise ApiError(404, "Not Found")
    size = int(git.text("cat-file", "-s", sha))
    if size > BLOB_BYTES:
        raise ApiError(403, f"This blob is too large: {size} bytes; fetch it with git")
    content = git.blob(sha)
    if "raw" in call.request.headers.get("accept", ""):
        return Reply(raw=content, media="application/vnd.github.raw; charset=utf-8")
    return Reply({
        "sha": sha, "node_id": node_id("Blob", sha), "size": size, "encoding": "base64",
        "url": api(call, call.repository, f"/git/blobs/{sha}"),
        "content": base64.encodebytes(content).decode(),
    })  # fmt: skip


ENDPOINTS = (
    Endpoint("GET", "/repos/{owner}/{repo}/git/commits/{sha}", commit),
    Endpoint("GET", "/repos/{owner}/{repo}/git/trees/{sha:path}", tree),
    Endpoint("GET", "/repos/{owner}/{repo}/git/blobs/{sha}", blob),
)
