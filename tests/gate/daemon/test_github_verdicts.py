"""Verdicts on GitHub: the forge over real HTTP, what was merged in each way, and a GitHub that is down."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from github import Auth, Github
from github.Repository import Repository as Forged
from support.http_stub import Answer, Request, StubServer
from support.repositories import git
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


def merge(repository: Forged, how: str = "merge") -> str:
    """Merge the one pull request; main's new tip."""
    (pull,) = repository.get_pulls()
    merged = pull.merge(sha=pull.head.sha, merge_method=how)
    assert merged.merged
    return merged.sha


def counting(forge: Forge) -> StubServer:
    """The forge, behind what counts the requests."""

    def answer(request: Request) -> Answer:
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


@pytest.mark.parametrize("how", ["squash", "rebase"])
def test_the_same_files_in_other_commits_were_judged(
    forge: Forge, repository: Forged, tmp_path: Path, how: str
) -> None:
    head = propose(repository)
    repository.create_file("notes.md", "Main goes on", "Words.\n", branch="main")
    judge(forge, repository, head, "pass: x")
    tip = merge(repository, how)
    assert repository.get_commit(tip).parents[0].sha != head != tip
    with counting(forge) as github:
        judged = found(forge, repository, tmp_path, "8", api=github.url)
    assert (judged.verdict, judged.commit) == ("pass", head)
    assert len(github.requests) <= 10


@pytest.mark.parametrize("how", ["squash", "rebase"])
def test_other_files_than_the_judged_ones_were_merged(
    forge: Forge, repository: Forged, tmp_path: Path, how: str
) -> None:
    """As where a branch gets another commit between the verdict and the merge."""
    judge(forge, repository, propose(repository), "pass: x")
    repository.create_file(
        "notes.md", "Main goes on", "Words.\n", branch="main"
    )  # a rebase makes other commits
    card = repository.get_contents(CARD, ref="topic")
    repository.update_file(CARD, "Other words", "Other words.\n", card.sha, branch="topic")
    merge(repository, how)
    assert not found(forge, repository, tmp_path, "8").counts


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


def test_a_head_that_a_force_push_replaced_vouches_for_nothing(
    forge: Forge, repository: Forged, tmp_path: Path
) -> None:
    """The same files in a commit of another message: its override ended with the head that it was of."""
    judge(forge, repository, propose(repository), "waived: nothing stops it; 1 finding waived")
    work = tmp_path / "work"
    url = forge.git_url(*repository.full_name.split("/"), PERSON)
    git("clone", "--quiet", "--branch", "topic", url, str(work), cwd=tmp_path)
    git("commit", "--quiet", "--amend", "--message", "Anew", cwd=work)
    git("push", "--quiet", "--force", "origin", "topic", cwd=work)
    again = git("rev-parse", "HEAD", cwd=work)
    judge(forge, repository, again, "fail: no", "failure")
    merge(repository, "squash")
    judged = found(forge, repository, tmp_path, "8")
    assert not judged.counts
    assert f"on {again[:12]} by sluice (8): fail: no" in judged.reason


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
