from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from github.Repository import Repository
from support.repositories import commit_files, git

from sluicegate.embedded.forge import Forge

Clone = Callable[..., Path]
Topic = Callable[..., str]


def test_clone_push_fetch(repo: Repository, clone: Clone) -> None:
    work, other = clone("work"), clone("other", None)
    sha = commit_files(work, {"models/a/model.yaml": "version: 2\n"}, "Bring a\n\nGate-Model: a")
    git("push", "--quiet", "origin", "main", cwd=work)
    assert repo.get_branch("main").commit.sha == sha
    git("pull", "--quiet", cwd=other)
    assert git("rev-parse", "HEAD", cwd=other) == sha


@pytest.mark.parametrize(("login", "words"), [(None, "could not read Username"), ("rita", "403")])
def test_a_push_without_write_permission_is_refused(
    repo: Repository, clone: Clone, login: str | None, words: str
) -> None:
    work = clone(login=login)
    before = repo.get_branch("main").commit.sha
    commit_files(work, {"x.txt": "x"})
    assert words in git("push", "origin", "main", cwd=work, fails=True)
    assert repo.get_branch("main").commit.sha == before


def test_an_atomic_push_with_one_stale_ref_writes_nothing(repo: Repository, clone: Clone) -> None:
    work, rival = clone("work"), clone("rival")
    git("push", "--quiet", "origin", "main:gate-evidence", cwd=work)
    won = commit_files(rival, {"rival.txt": "x"})
    git("push", "--quiet", "origin", "main", cwd=rival)
    evidence = repo.get_branch("gate-evidence").commit.sha
    commit_files(work, {"mine.txt": "x"})
    message = git("push", "--atomic", "origin", "main", "main:gate-evidence", cwd=work, fails=True)
    assert "atomic" in message
    assert repo.get_branch("main").commit.sha == won
    assert repo.get_branch("gate-evidence").commit.sha == evidence
    git("pull", "--quiet", "--rebase", cwd=work)
    git("push", "--quiet", "--atomic", "origin", "main", "main:gate-evidence", cwd=work)
    assert repo.get_branch("gate-evidence").commit.sha == repo.get_branch("main").commit.sha


def test_big_and_gzipped_bodies(repo: Repository, clone: Clone, tmp_path: Path) -> None:
    work = clone()
    content = random.Random(0).randbytes(3 * 1024 * 1024)  # above http.postBuffer: sent in chunks
    commit_files(work, {"big.bin": content})
    git("push", "--quiet", "origin", "main", cwd=work)
    assert (clone("again") / "big.bin").read_bytes() == content
    for number in range(40):  # many refs make a fetch's request long enough for git to gzip it
        commit_files(work, {"n.txt": f"{number}"})
        git("branch", f"b{number}", cwd=work)
    git("push", "--quiet", "--all", "origin", cwd=work)
    git("fetch", "--quiet", "origin", cwd=tmp_path / "again")
    assert len(git("branch", "-r", cwd=tmp_path / "again").splitlines()) >= 41


def test_pull_refs_follow_pulls_and_cannot_be_pushed(repo: Repository, clone: Clone, topic: Topic) -> None:
    tip = topic()
    repo.create_pull(base="main", head="topic", title="x")
    work = clone()
    git("fetch", "--quiet", "origin", "refs/pull/1/head", cwd=work)
    assert git("rev-parse", "FETCH_HEAD", cwd=work) == tip
    for number in (1, 9):
        assert "hidden ref" in git(
            "push", "--force", "origin", f"main:refs/pull/{number}/head", cwd=work, fails=True
        )
    assert repo.get_pull(1).head.sha == tip


def test_no_hook_of_the_repository_runs(forge: Forge, repo: Repository, clone: Clone) -> None:
    ran = forge.root / f"{repo.name}.ran"
    hook = forge.root / repo.owner.login / f"{repo.name}.git" / "hooks" / "post-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
    hook.chmod(0o755)
    work = clone()
    commit_files(work, {"x.txt": "x"})
    git("push", "--quiet", "origin", "main", cwd=work)
    assert not ran.exists()


@pytest.mark.parametrize(
    "rest", ["HEAD", "config", "objects/info/packs", "info/refs", "info/refs?service=git-upload-archive"]
)
def test_only_the_smart_protocol_is_spoken(
    repo: Repository, ask: Callable[..., tuple[int, Any, Any]], rest: str
) -> None:
    assert ask("GET", f"/{repo.full_name}.git/{rest}")[0] == 404


def test_a_repository_put_there_by_hand_is_taken_in(forge: Forge, olga: Any) -> None:
    (forge.root / "hand").mkdir()
    git("init", "--quiet", "--bare", "--initial-branch=trunk", "made.git", cwd=forge.root / "hand")
    assert olga.get_repo("hand/made").default_branch == "trunk"


def test_a_pushed_date_past_the_year_9999_is_shown_as_its_end(repo: Repository, clone: Clone) -> None:
    work = clone()
    commit_files(work, {"a": "x"})
    made = git("cat-file", "commit", "HEAD", cwd=work)
    (work / "made").write_text(re.sub(r"> [0-9]+ ", "> 99999999999999 ", made) + "\n")
    sha = git("hash-object", "-t", "commit", "-w", "made", cwd=work)
    git("push", "--quiet", "origin", f"{sha}:refs/heads/late", cwd=work)
    assert repo.get_commit("late").commit.committer.date.year == 9999
    assert requests.get(f"{repo.html_url}/commit/{sha}", timeout=30).status_code == 200
