"""Verdicts on GitHub: the forge over real HTTP, what was merged in each way, and a GitHub that is down."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from github import Auth, Github
from github.Repository import Repository as Forged
from support.clock import START
from support.http_stub import Answer, Request, StubServer
from support.specs import artifact_digest, model_yaml

from sluicegate.embedded.forge import Forge, Token
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.adapters.github_api import GitHubRepository
from sluicegate.gate.core.judged import Judged
from sluicegate.gate.daemon.github_verdicts import GitHubVerdicts
from sluicegate.gate.daemon.state import State
from sluicegate.gate.daemon.verdicts import wanted_of
from sluicegate.specs.release import Version
from sluicegate.specs.require import STATUS
from sluicegate.specs.yamlio import InputError

BOT, PERSON = Token("sluice", "bot-secret", "write", 8), Token("olga", "olga-secret", "admin", 7)
APP = Token("sluice-gate[bot]", "app-secret", "write", 4711)
COUNT = itertools.count(1)
MODEL, CARD = "models/m/model.yaml", "models/m/README.md"


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forge]:
    with Forge(tmp_path_factory.mktemp("forge"), [BOT, PERSON, APP]) as running:
        yield running


def as_user(forge: Forge, token: Token) -> Github:
    return Github(
        base_url=forge.api, auth=Auth.Token(token.secret), retry=None,
        seconds_between_requests=0, seconds_between_writes=0,
    )  # fmt: skip


@pytest.fixture
def repository(forge: Forge) -> Forged:
    return as_user(forge, PERSON).get_user().create_repo(f"models-{next(COUNT)}", auto_init=True)


def judge(forge: Forge, repository: Forged, commit: str, said: str, state: str = "success", by: Token = BOT):
    there = as_user(forge, by).get_repo(repository.full_name)
    there.get_commit(commit).create_status(state=state, description=said, context=STATUS)


def propose(repository: Forged) -> str:
    """A pull request's head that brings version 1 of `m` in two commits; merged by `merge`."""
    repository.create_git_ref("refs/heads/topic", repository.get_branch("main").commit.sha)
    repository.create_file(MODEL, "Version 1", model_yaml("m", 1), branch="topic")
    made = repository.create_file(CARD, "The card", "Words.\n", branch="topic")
    head: str = made["commit"].sha
    repository.create_pull(base="main", head="topic", title="Version 1", body="")
    return head


def merge(repository: Forged) -> None:
    (pull,) = repository.get_pulls()
    assert pull.merge(sha=pull.head.sha).merged


def written_anew(forge: Forge, repository: Forged, tmp_path: Path, *commits: dict[str, bytes]) -> str:
    """The same files on main in other commits, as GitHub squashes or rebases; the last one's id."""
    with Repository(forge.git_url(*repository.full_name.split("/"), PERSON), tmp_path / "push.git") as copy:
        copy.fetch()
        tip = copy.tip("main")
        for files in commits:
            tip = copy.commit(tip, files, "Version 1 (#1)", START)
        copy.push({"main": str(tip)})
        return str(tip)


def as_merged(forge: Forge, repository: Forged, head: str) -> StubServer:
    """The forge, which merges in one way alone, with GitHub's answer for a commit that closed a pull."""
    pulls = json.dumps([{"head": {"sha": head}, "merged_at": "2026-11-26T12:00:00Z"}]).encode()

    def answer(request: Request) -> Answer:
        if request.path.endswith("/pulls"):
            return Answer(body=pulls)
        sent = {"Authorization": request.headers["authorization"]}
        there = requests.get(forge.api + request.target, headers=sent, timeout=60)
        return Answer(there.status_code, there.content)

    return StubServer(answer)


def found(forge: Forge, repository: Forged, tmp_path: Path, *accounts: str, api: str | None = None) -> Judged:
    """What is known of version 1 of `m` as main has it."""
    with Repository(forge.git_url(*repository.full_name.split("/"), PERSON), tmp_path / "copy.git") as copy:
        copy.fetch()
        state = State(copy, str(copy.tip("main")))
        newest = state.newest("m")
        assert newest is not None
        wanted = wanted_of(state, "m", Version(1, newest.revision, artifact_digest("m", 1)))
        named = GitHubRepository(repository.full_name, api or forge.api, BOT.secret)
        source = GitHubVerdicts(named, accounts or ("sluice",))
        answer = source.find(state, wanted)
        source.close()
        return answer


def test_the_head_of_what_was_merged_was_judged(forge: Forge, repository: Forged, tmp_path: Path) -> None:
    head = propose(repository)
    judge(forge, repository, head, "pass: a merge starts the release of m (new → 1), step by step")
    merge(repository)
    judged = found(forge, repository, tmp_path)
    assert (judged.verdict, judged.commit) == ("pass", head)
    assert f"{STATUS} on {head[:12]} by sluice (8): pass: " in judged.reason


@pytest.mark.parametrize(
    "commits",
    [[{MODEL: model_yaml("m", 1), CARD: b"Words.\n"}], [{MODEL: model_yaml("m", 1)}, {CARD: b"Words.\n"}]],
    ids=["squashed", "rebased"],
)
def test_the_same_files_in_other_commits_were_judged(
    forge: Forge, repository: Forged, tmp_path: Path, commits: list[dict[str, bytes]]
) -> None:
    head = propose(repository)
    judge(forge, repository, head, "pass: x")
    assert written_anew(forge, repository, tmp_path, *commits) != head
    with as_merged(forge, repository, head) as github:
        judged = found(forge, repository, tmp_path, "8", api=github.url)
    assert (judged.verdict, judged.commit) == ("pass", head)
    assert len(github.requests) <= 10


def test_other_files_than_the_judged_ones_were_squashed(
    forge: Forge, repository: Forged, tmp_path: Path
) -> None:
    head = propose(repository)
    judge(forge, repository, head, "pass: x")
    written_anew(forge, repository, tmp_path, {MODEL: model_yaml("m", 1), CARD: b"Other words.\n"})
    with as_merged(forge, repository, head) as github:
        assert not found(forge, repository, tmp_path, "8", api=github.url).counts


def test_mains_own_commit_was_judged_as_a_merge_queue_leaves_it(
    forge: Forge, repository: Forged, tmp_path: Path
) -> None:
    made = repository.create_file(MODEL, "Version 1", model_yaml("m", 1), branch="main")
    judge(forge, repository, made["commit"].sha, "waived: nothing stops it; 1 finding waived")
    judged = found(forge, repository, tmp_path)
    assert judged.verdict == "waived"
    assert judged.overridden == ("waived: nothing stops it; 1 finding waived",)


def test_without_a_status_of_ours_there_is_none(forge: Forge, repository: Forged, tmp_path: Path) -> None:
    """Anybody with the right to write may set a status of that name: the account's number decides."""
    head = propose(repository)
    judge(forge, repository, head, "pass: trust me", by=PERSON)
    merge(repository)
    assert f"has no {STATUS} of sluice (8) on it" in found(forge, repository, tmp_path).reason
    assert found(forge, repository, tmp_path, "7").counts


@pytest.mark.parametrize(("said", "state"), [("fail: no", "failure"), ("skipped: x", "success")])
def test_what_is_not_good_is_none(
    forge: Forge, repository: Forged, tmp_path: Path, said: str, state: str
) -> None:
    head = propose(repository)
    judge(forge, repository, head, "pass: an earlier run")
    judge(forge, repository, head, said, state)
    merge(repository)
    judged = found(forge, repository, tmp_path)
    assert not judged.counts
    assert said in judged.reason


def test_a_merge_that_brings_other_files_than_were_judged(
    forge: Forge, repository: Forged, tmp_path: Path
) -> None:
    judge(forge, repository, propose(repository), "pass: x")
    repository.create_file("models/m/NOTES.md", "On main meanwhile", "Words.\n", branch="main")
    merge(repository)
    assert not found(forge, repository, tmp_path).counts


def check(forge: Forge, repository: Forged, commit: str, title: str, by: Token = APP, **run: str) -> None:
    given = {"status": "completed", "conclusion": "success"} | run
    as_user(forge, by).get_repo(repository.full_name).create_check_run(
        STATUS, commit, output={"title": title, "summary": "Words."}, **given
    )


def test_a_check_run_of_our_own_app_is_a_verdict(forge: Forge, repository: Forged, tmp_path: Path) -> None:
    head = propose(repository)
    merge(repository)
    check(forge, repository, head, "pass: trust me", by=BOT)
    assert f"has no {STATUS} of the App 4711" in found(forge, repository, tmp_path, "app:4711").reason
    check(forge, repository, head, "pass: a merge starts the release of m")
    judged = found(forge, repository, tmp_path, "app:4711")
    assert (judged.verdict, judged.commit) == ("pass", head)
    assert f"{STATUS} on {head[:12]} by the App sluice-gate (4711): pass: " in judged.reason
    assert not found(forge, repository, tmp_path, "app:4712").counts
    assert not found(forge, repository, tmp_path, "8").counts  # an account's word is a status


@pytest.mark.parametrize(
    "run",
    [{"conclusion": "failure"}, {"status": "in_progress", "conclusion": ""}],
    ids=["failed", "at it again"],
)
def test_the_newest_check_run_decides(
    forge: Forge, repository: Forged, tmp_path: Path, run: dict[str, str]
) -> None:
    head = propose(repository)
    merge(repository)
    check(forge, repository, head, "pass: an earlier run")
    there = as_user(forge, APP).get_repo(repository.full_name)
    given = {key: value for key, value in ({"status": "completed"} | run).items() if value}
    there.create_check_run(STATUS, head, output={"title": "fail: no", "summary": "Words."}, **given)
    assert not found(forge, repository, tmp_path, "app:4711").counts


@pytest.mark.parametrize("body", [b"not json", b"[1]", b'[{"context": "sluice/validate"}]'])
def test_a_github_that_makes_no_sense_is_no_verdict(
    forge: Forge, repository: Forged, tmp_path: Path, body: bytes
) -> None:
    repository.create_file(MODEL, "Version 1", model_yaml("m", 1), branch="main")

    def answer(request: Request) -> Answer:
        del request
        return Answer(body=body)

    with StubServer(answer) as stub:
        judged = found(forge, repository, tmp_path, "8", api=stub.url)
    assert not judged.counts


def test_a_github_that_is_down_is_no_verdict(forge: Forge, repository: Forged, tmp_path: Path) -> None:
    repository.create_file(MODEL, "Version 1", model_yaml("m", 1), branch="main")
    judged = found(forge, repository, tmp_path, api="http://127.0.0.1:9")
    assert judged.verdict == "none"
    assert judged.reason.startswith("GitHub does not say (GitHub did not answer")


def test_the_token_is_sent_encrypted_or_not_at_all() -> None:
    with pytest.raises(InputError, match="not an address of GitHub's API"):
        GitHubRepository("o/r", "http://github.example")
    with pytest.raises(InputError, match="not a repository of GitHub"):
        GitHubRepository("o/r/../x")
