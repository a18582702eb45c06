from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from github import GithubException, InputGitAuthor
from github.Repository import Repository


def status_of(call: Callable[[], object]) -> int:
    with pytest.raises(GithubException) as caught:
        call()
    return caught.value.status


def test_a_file_is_made_changed_and_deleted(repo: Repository) -> None:
    made = repo.create_file(
        "models/a/é.txt", "Add", b"\0binary", author=InputGitAuthor("Ann", "ann@example.org")
    )
    assert repo.get_commit(made["commit"].sha).commit.author.name == "Ann"
    file = repo.get_contents("models/a/é.txt")
    assert file.decoded_content == b"\0binary" and file.size == 7
    repo.update_file(file.path, "Change", "text", file.sha)
    assert [entry.path for entry in repo.get_contents("models/a")] == ["models/a/é.txt"]
    assert [entry.path for entry in repo.get_contents("")] == ["README.md", "models"]
    repo.delete_file(file.path, "Remove", repo.get_contents(file.path).sha)
    assert status_of(lambda: repo.get_contents(file.path)) == 404
    assert repo.get_contents(file.path, ref=made["commit"].sha).decoded_content == b"\0binary"
    assert [one.commit.message for one in repo.get_commits(path="models/a/é.txt")] == [
        "Remove",
        "Change",
        "Add",
    ]


def test_a_stale_sha_is_409_and_none_is_422(repo: Repository, ask: Callable[..., tuple]) -> None:  # type: ignore[type-arg]
    file = repo.get_contents("README.md")
    repo.update_file("README.md", "First", "first", file.sha)
    with pytest.raises(GithubException, match="does not match") as caught:
        repo.update_file("README.md", "Second", "second", file.sha)
    assert caught.value.status == 409
    assert status_of(lambda: repo.delete_file("README.md", "x", file.sha)) == 409
    assert status_of(lambda: repo.create_file("README.md", "x", "x")) == 422


def test_of_writers_of_one_file_at_once_one_wins(repo: Repository) -> None:
    sha = repo.get_contents("README.md").sha

    def attempt(number: int) -> int:
        try:
            repo.update_file("README.md", f"Try {number}", f"{number}", sha)
        except GithubException as error:
            return error.status
        return 200

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(attempt, range(4))) == [200, 409, 409, 409]


def test_above_one_mebibyte_the_blob_is_read_instead(repo: Repository) -> None:
    repo.create_file("big.bin", "Add", b"x" * (1024 * 1024 + 1))
    file = repo.get_contents("big.bin")
    assert (file.encoding, file.size) == ("none", 1024 * 1024 + 1)
    assert len(repo.get_git_blob(file.sha).content) > file.size


@pytest.mark.parametrize("path", ["README.md/below", "a/../b", ".git/config", "a//b"])
def test_odd_paths_are_422(repo: Repository, path: str, ask: Callable[..., tuple]) -> None:  # type: ignore[type-arg]
    body = b'{"message": "x", "content": "eA=="}'
    assert ask("PUT", f"/api/v3/repos/{repo.full_name}/contents/{path}", body=body)[0] == 422


def test_content_that_is_not_base64_is_422(repo: Repository, ask: Callable[..., tuple]) -> None:  # type: ignore[type-arg]
    body = b'{"message": "x", "content": "%%%"}'
    assert ask("PUT", f"/api/v3/repos/{repo.full_name}/contents/x", body=body)[0] == 422


def test_an_empty_repository_takes_its_first_file(olga: object) -> None:
    empty = olga.get_user().create_repo("starts-empty")  # type: ignore[attr-defined]
    assert status_of(lambda: list(empty.get_commits())) == 409
    empty.create_file("a.txt", "First", "a")
    assert [commit.commit.message for commit in empty.get_commits()] == ["First"]


@pytest.mark.parametrize(
    ("date", "seen"),
    [
        ("2026-11-30T12:00:00Z", "2026-11-30T12:00:00Z"),
        ("2026-11-30T12:00:00+05:30", "2026-11-30T06:30:00Z"),
        ("2026-11-30", "2026-11-30T00:00:00Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        ("now", None),
        ("yesterday", None),
        ("1700000000 +0000", None),
        ("2026-13-01T00:00:00Z", None),
        ("1969-12-31T23:59:59Z", None),
        ("9999-12-31T23:59:59-23:00", None),
        ("0001-01-01T00:00:00+10:00", None),
    ],
)
def test_a_date_is_iso_8601_or_422(
    repo: Repository,
    ask: Callable[..., tuple],  # type: ignore[type-arg]
    date: str,
    seen: str | None,
) -> None:
    who = {"name": "Ann", "email": "ann@example.org", "date": date}
    body = json.dumps({"message": "x", "content": "eA==", "committer": who}).encode()
    status, _, answer = ask("PUT", f"/api/v3/repos/{repo.full_name}/contents/dated.txt", body=body)
    if seen is None:
        assert status == 422, answer
        assert "committer.date" in answer["message"]
    else:
        assert (status, answer["commit"]["committer"]["date"]) == (201, seen)
