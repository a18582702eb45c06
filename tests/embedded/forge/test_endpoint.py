from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from github.PullRequest import PullRequest
from github.Repository import Repository

Ask = Callable[..., tuple[int, dict[str, str], Any]]


def test_an_etag_spares_the_second_reading(pull: PullRequest, ask: Ask) -> None:
    path = "/api" + pull.url.partition("/api")[2]
    status, headers, _ = ask("GET", path)
    assert status == 200
    status, again, text = ask("GET", path, headers={"If-None-Match": headers["etag"]})
    assert (status, text, again["etag"]) == (304, "", headers["etag"])
    pull.edit(title="Another")
    assert ask("GET", path, headers={"If-None-Match": headers["etag"]})[0] == 200


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"body": b"{nonsense"}, 400),
        ({"body": b"\xff\xfe"}, 400),
        ({"body": b'{"body": NaN}'}, 400),
        ({"body": b'{"body": 7}'}, 422),
        ({"body": b"{}"}, 422),
        ({"body": b'{"body": "x"}', "login": None}, 401),
        ({"body": b'{"body": "x"}', "login": None, "headers": {"Authorization": "Bearer wrong"}}, 401),
        ({"body": b"<x/>", "headers": {"Content-Type": "text/xml"}}, 415),
        ({"body": b'{"body": "x"}', "headers": {"Accept": "text/html"}}, 415),
    ],
)
def test_a_bad_request_is_named(pull: PullRequest, ask: Ask, change: dict[str, Any], status: int) -> None:
    got, headers, data = ask("POST", "/api" + pull.issue_url.partition("/api")[2] + "/comments", **change)
    assert got == status
    assert data["message"] and data["documentation_url"] and data["status"] == str(status)
    assert headers["content-type"].startswith("application/json")
    assert pull.get_issue_comments().totalCount == 0


def test_a_huge_body_is_413(repo: Repository, ask: Ask) -> None:
    body = b'{"message": "x", "content": "' + b"A" * (41 * 1024 * 1024) + b'"}'
    assert ask("PUT", f"/api/v3/repos/{repo.full_name}/contents/x", body=body)[0] == 413


@pytest.mark.parametrize(
    "path",
    [
        "/api/v3/repos/../../etc", "/api/v3/repos/olga/..%2f..%2fetc", "/api/v3/repos/%2e%2e/%2e%2e",
        "/api/v3/repos/olga/-rf", "/api/v3/repos/olga/nothing", "/api/v3/nothing", "/olga/%2e%2e%2f/pull/1",
        "/../etc/passwd", "/olga/x.git/../../forge.sqlite",
        "/olga/..%2f.git/info/refs?service=git-upload-pack",
    ],
)  # fmt: skip
def test_paths_lead_nowhere_outside(ask: Ask, path: str) -> None:
    assert ask("GET", path)[0] == 404


def test_a_method_that_a_path_lacks_is_404(repo: Repository, ask: Ask) -> None:
    assert ask("DELETE", f"/api/v3/repos/{repo.full_name}/branches", body=b"")[0] == 404


def test_another_host_name_is_refused(ask: Ask) -> None:
    assert ask("GET", "/", headers={"Host": "evil.example"})[0] == 421


def test_addresses_follow_the_name_that_the_client_used(repo: Repository, ask: Ask) -> None:
    port = repo.url.split(":")[2].split("/")[0]
    _, _, data = ask("GET", f"/api/v3/repos/{repo.full_name}", headers={"Host": f"localhost:{port}"})
    assert data["url"].startswith(f"http://localhost:{port}/api/v3/")
