from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from github.PullRequest import PullRequest
from github.Repository import Repository
from support.repositories import commit_files, git

Ask = Callable[..., tuple[int, dict[str, str], Any]]
SCRIPT = "<script>alert(1)</script>"


def page(pull: PullRequest) -> str:
    return f"/{pull.base.repo.full_name}/pull/{pull.number}"


def test_a_pull_shows_all_that_is_known(pull: PullRequest, repo: Repository, ask: Ask) -> None:
    pull.create_issue_comment(
        "| check | verdict |\n|---|---|\n| recall | fail |\n\n"
        "<details><summary>more</summary>\n\nx\n</details>"
    )
    repo.create_check_run(
        "sluice", pull.head.sha, conclusion="failure", output={"title": "1 failed", "summary": "s"}
    )
    repo.get_commit(pull.head.sha).create_status("pending", context="gate", description="waits")
    pull.add_to_labels("held")
    status, headers, html = ask("GET", page(pull), login=None)
    assert status == 200 and headers["content-type"].startswith("text/html")
    for shown in (
        "A better model", "It <em>is</em> better.", "<td>recall</td>", "<summary>more</summary>", "✗",
        "1 failed", "waits", "Add models/a/model.yaml", "+version: 1", "held", ">open<",
    ):  # fmt: skip
        assert shown in html
    pull.merge(sha=pull.head.sha)
    assert ">merged<" in ask("GET", page(pull))[2]


def test_nothing_hostile_becomes_markup(pull: PullRequest, repo: Repository, ask: Ask) -> None:
    pull.edit(title=SCRIPT, body=SCRIPT)
    pull.create_issue_comment(f"{SCRIPT}\n\n<img src=x onerror=alert(1)>\n\n[x](javascript:alert(1))")
    repo.create_check_run(SCRIPT, pull.head.sha, conclusion="failure", details_url="javascript:alert(1)",
                          output={"title": SCRIPT, "summary": SCRIPT})  # fmt: skip
    sha = repo.create_file(f"{SCRIPT.replace('/', '')}.txt", SCRIPT, SCRIPT, branch="topic")["commit"].sha
    pull.add_to_labels("<b>bold")
    for path in (page(pull), f"/{repo.full_name}", f"/{repo.full_name}/commit/{sha}"):
        status, headers, html = ask("GET", path)
        assert status == 200
        assert "<script" not in html and "onerror" not in html and "<b>bold" not in html
        assert 'href="javascript' not in html
        assert "&lt;script&gt;" in html
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "script-src" not in policy
        assert headers["x-content-type-options"] == "nosniff"


def test_a_commit_shows_trailers_and_escaped_diff(
    repo: Repository, clone: Callable[..., Path], ask: Ask
) -> None:
    work = clone()
    message = "Open the gate\n\nWhy.\n\nGate-Model: flight-delay\nGate-Weight: 5 -> 25"
    sha = commit_files(work, {"a.html": "<b>x</b>\n"}, message)
    git("push", "--quiet", "origin", "main", cwd=work)
    html = ask("GET", f"/{repo.full_name}/commit/{sha}")[2]
    assert "<dt>Gate-Weight</dt><dd>5 -&gt; 25</dd>" in html
    assert "+&lt;b&gt;x&lt;/b&gt;" in html
    assert "flight-delay" in ask("GET", f"/{repo.full_name}")[2]


def test_a_file_is_served_as_bytes_never_as_a_page(repo: Repository, ask: Ask) -> None:
    sha = repo.create_file("x.html", "Add", "<script>1</script>")["commit"].sha
    status, headers, text = ask("GET", f"/{repo.full_name}/raw/{sha}/x.html")
    assert (status, text) == (200, "<script>1</script>")
    assert (
        headers["content-type"].startswith("text/plain") and "sandbox" in headers["content-security-policy"]
    )


def test_what_is_not_there_is_a_page_too(repo: Repository, ask: Ask) -> None:
    for path in ("/nobody/nothing", f"/{repo.full_name}/pull/9", f"/{repo.full_name}/commit/{'0' * 40}",
                 f"/{repo.full_name}/commit/main", f"/{repo.full_name}/raw/{'0' * 40}/x",
                 "/a/b/c/d/e"):  # fmt: skip
        status, headers, _ = ask("GET", path)
        assert status == 404 and headers["content-type"].startswith("text/html")


def test_every_page_finds_its_style(ask: Ask) -> None:
    status, headers, _ = ask("GET", "/-/style.css")
    assert status == 200 and headers["content-type"].startswith("text/css")
    assert ask("GET", "/")[0] == 200


def test_every_address_of_a_pull_leads_somewhere(pull: PullRequest, repo: Repository, ask: Ask) -> None:
    compared = repo.compare("main", "topic")
    addresses = (pull.html_url, pull.diff_url, pull.patch_url, pull.user.html_url, compared.html_url)
    answers = [ask("GET", "/" + address.split("/", 3)[3]) for address in addresses]
    assert [status for status, _, _ in answers] == [200] * 5
    assert all("version: 1" in answers[place][2] for place in (1, 2, 4))
    assert "Subject: [PATCH] Add models/a/model.yaml" in answers[2][2]
