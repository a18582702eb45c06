from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from github import Github, GithubException
from github.Repository import Repository


def config(url: str, **more: str) -> dict[str, str]:
    return {"url": url, "content_type": "json", **more}


def test_a_hooks_life(repo: Repository, receiver: Callable[..., Any]) -> None:
    there = receiver()
    hook = repo.create_hook("web", config(there.url, secret="hush"), ["push"])
    (ping,) = there.wait("ping")
    assert (ping["hook_id"], ping["repository"]["full_name"]) == (hook.id, repo.full_name)
    assert "hush" not in str(ping)
    (known,) = repo.get_hooks()
    assert (known.id, known.active, known.events) == (hook.id, True, ["push"])
    assert known.config == config(there.url, insecure_ssl="0", secret="********")
    known.edit("web", config(there.url), ["pull_request", "push"], active=False)
    seen = repo.get_hook(hook.id)
    assert (seen.active, seen.events, "secret" in seen.config) == (False, ["pull_request", "push"], False)
    seen.ping()
    there.wait("ping", 2)
    seen.delete()
    assert repo.get_hooks().totalCount == 0
    with pytest.raises(GithubException) as caught:
        repo.get_hook(hook.id)
    assert caught.value.status == 404


def test_deliveries_can_be_read_and_repeated(
    repo: Repository, receiver: Callable[..., Any], topic: Callable[..., str], ask: Callable[..., Any]
) -> None:
    there = receiver([200, 404])
    hook = repo.create_hook("web", config(there.url, secret="hush"), ["push"])
    there.wait("ping")
    repo.create_git_ref("refs/heads/topic", repo.get_branch("main").commit.sha)
    there.wait("push")
    place = f"/api/v3/repos/{repo.full_name}/hooks/{hook.id}"

    def shown() -> list[dict[str, Any]]:
        for _ in range(1000):
            rows = ask("GET", f"{place}/deliveries")[2]
            if all(row["status"] != "pending" for row in rows):
                return rows
        raise AssertionError(f"still pending: {rows}")

    assert [(row["event"], row["status"], row["status_code"]) for row in shown()] == [
        ("push", "Invalid HTTP Response: 404", 404), ("ping", "OK", 200),
    ]  # fmt: skip
    assert repo.get_hook(hook.id).last_response.status == "misconfigured"
    failed = repo.get_hook_delivery(hook.id, shown()[0]["id"])
    assert failed.request.payload["ref"] == "refs/heads/topic"
    assert failed.request.headers["X-Hub-Signature-256"].startswith("sha256=")
    assert ask("POST", f"{place}/deliveries/{failed.id}/attempts")[0] == 202
    there.wait("push", 2)
    again = shown()[0]
    assert (again["guid"], again["redelivery"], again["status"]) == (failed.guid, True, "OK")
    assert len(list(repo.get_hook_deliveries(hook.id))) == 3


@pytest.mark.parametrize(
    "url",
    ["ftp://h/x", "file:///etc/passwd", "javascript:1", "http://", "http://u:p@h/", "http://h:99999/",
     "http://h/a b",
     "http://h/\r\nX: y", ""],
)  # fmt: skip
def test_an_address_that_is_no_web_address_is_422(repo: Repository, url: str) -> None:
    with pytest.raises(GithubException) as caught:
        repo.create_hook("web", config(url), ["push"])
    assert caught.value.status == 422


def test_what_cannot_be_kept_is_422(repo: Repository, receiver: Callable[..., Any]) -> None:
    url = receiver().url
    repo.create_hook("web", config(url), ["push"])
    for given, events in ((config(url), ["push"]), (config(url, insecure_ssl="1"), ["push"]),
                          (config(url), ["fork"]),
                          ({"url": url, "content_type": "xml"}, ["push"])):  # fmt: skip
        with pytest.raises(GithubException) as caught:
            repo.create_hook("web", given, events)
        assert caught.value.status == 422


def test_hooks_are_the_admins(repo: Repository, as_user: Callable[[str | None], Github]) -> None:
    for login, status in (("gate[bot]", 403), ("rita", 403), (None, 401)):
        with pytest.raises(GithubException) as caught:
            list(as_user(login).get_repo(repo.full_name).get_hooks())
        assert caught.value.status == status
