"""The validate workflow, its steps as they are: with real events, over HTTP, against the embedded forge."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from github import Auth, Github
from support import webhooks
from support.jobs import ROOT, USES, Job, workflow
from support.repositories import git

from sluicegate.embedded.forge import Forge, Token

OLGA = Token("olga", "olga-secret", "admin", 7)
VALIDATE = workflow(ROOT / ".github/workflows/sluice-validate.yaml")["jobs"]["validate"]
LIGHT = "spec-valid release-untouched version-rises"
COUNT = itertools.count(1)


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forge]:
    with Forge(tmp_path_factory.mktemp("forge"), [OLGA]) as running:
        yield running


@pytest.fixture
def hosted(forge: Forge, work: Any) -> str:
    """The repository of the tiny model on the forge: OLGA/models-N, with its main."""
    github = Github(base_url=forge.api, auth=Auth.Token(OLGA.secret), retry=None)
    repository = github.get_user().create_repo(f"models-{next(COUNT)}")
    work.git("remote", "add", "origin", f"{forge.url}/{repository.full_name}.git")
    send(forge, work, "main")
    return str(repository.full_name)


def send(forge: Forge, work: Any, *refs: str) -> None:
    credential = f"http.{forge.url}/.extraheader=Authorization: Bearer {OLGA.secret}"
    git("-c", credential, "push", "--quiet", "origin", *refs, cwd=work.root)


def change(work: Any) -> str:
    """A second version on a branch; its commit."""
    work.git("switch", "--quiet", "--create", "topic", "main")
    work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
    return str(work.commit("Version 2"))


def merged(work: Any, head: str) -> str:
    """What GitHub makes of a pull request beside it: its merge into main, as a branch that nobody judges."""
    work.git("switch", "--quiet", "--create", "merge", "main")
    work.git("merge", "--quiet", "--no-ff", head)
    return str(work.git("rev-parse", "HEAD"))


@pytest.fixture
def job(forge: Forge, tmp_path: Path):
    def start(event_name: str, event: dict[str, Any], **more: Any) -> Job:
        return Job(
            tmp_path / f"job-{next(COUNT)}",
            event_name,
            event,
            forge.url,
            OLGA.secret,
            uses=dict(USES),
            **more,
        )

    return start


def with_checks(checks: str) -> dict[str, Any]:
    """The workflow's job, whose action runs only these checks: a whole run takes seconds."""
    steps = [
        step | ({"with": {"checks": checks}} if step["uses"] == "./ci" else {}) for step in VALIDATE["steps"]
    ]
    return VALIDATE | {"steps": steps}


def report_of(job: Job) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((job.folder / "artifacts/sluice-report/report.json").read_text())
    return found


def test_a_pull_request_is_judged_from_a_checkout_of_one_commit(forge, hosted, work, job) -> None:
    """The job's page, its log, its outputs and its artifact have the verdict of the event's head.

    The base has gone on since: where both came from is in neither of the two commits.
    """
    head = change(work)
    work.git("switch", "--quiet", "main")
    work.write("NOTES.md", "Meanwhile.\n")
    base = work.commit()
    send(forge, work, "main", "topic")
    ran = job("pull_request", webhooks.pull_request(hosted, 1, base, head))
    assert ran.run(with_checks(LIGHT))
    report = report_of(ran)
    assert list(report["models"]) == ["tiny"]
    assert (ran.outputs["base"], ran.outputs["head"]) == (base, head)
    assert ran.outputs["verdict"] == report["verdict"]
    assert "::group::All" in ran.log
    assert head[:7] in ran.summary
    names = {path.name for path in (ran.folder / "artifacts/sluice-report").iterdir()}
    assert names == {"report.json", "report.sarif", "report.xml", "report.html"}
    assert git("rev-parse", "HEAD", cwd=ran.workspace) == base, "nothing of the pull request is checked out"


def test_a_checkout_of_the_merge_commit_judges_the_head_all_the_same(forge, hosted, work, job) -> None:
    base, head = work.git("rev-parse", "main"), change(work)
    merge = merged(work, head)
    send(forge, work, "topic", "merge")
    ran = job("pull_request", webhooks.pull_request(hosted, 1, base, head))
    USES["actions/checkout"](ran, {"ref": merge})
    ran.steps([{"uses": "./ci", "with": {"checks": LIGHT}}])
    assert not ran.failed, ran.log
    assert ran.outputs["head"] == head


def test_a_refusal_fails_the_job_and_its_report_is_kept(forge, hosted, work, job) -> None:
    base = work.git("rev-parse", "main")
    change(work)
    work.edit("models/tiny/model.yaml", "binary-classification", "guessing")
    head = work.commit("A task that there is not")
    send(forge, work, "topic")
    ran = job("pull_request", webhooks.pull_request(hosted, 1, base, head))
    ran.run(with_checks(LIGHT))
    assert ran.failed
    assert "::error file=models/tiny/model.yaml" in ran.log
    assert report_of(ran)["verdict"] == "fail"


def test_the_head_of_a_fork_is_served_by_the_base_repository(forge, hosted, work, job) -> None:
    """GitHub keeps a fork's head at refs/pull/N/head of the base; no branch of it has that commit."""
    base, head = work.git("rev-parse", "main"), change(work)
    send(forge, work, f"{head}:refs/heads/of-a-fork")
    ran = job("pull_request", webhooks.pull_request(hosted, 1, base, head, fork="stranger/models"))
    ran.run(with_checks(LIGHT))
    assert not ran.failed, ran.log
    assert ran.outputs["head"] == head


def test_a_merge_group_is_judged_as_it_would_be_merged(forge, hosted, work, job) -> None:
    base, head = work.git("rev-parse", "main"), change(work)
    group = merged(work, head)
    send(forge, work, f"merge:refs/heads/gh-readonly-queue/main/pr-1-{base}")
    ran = job("merge_group", webhooks.merge_group(hosted, base, group))
    ran.run(with_checks(LIGHT))
    assert not ran.failed, ran.log
    report = report_of(ran)
    assert (ran.outputs["head"], list(report["models"])) == (group, ["tiny"])


def test_a_push_is_judged_in_a_clone_that_has_everything(forge, hosted, work, job) -> None:
    before, after = work.git("rev-parse", "main"), change(work)
    send(forge, work, "topic:main")
    ran = job("push", webhooks.push(hosted, before, after))
    USES["actions/checkout"](ran, {"fetch-depth": "0"})
    ran.steps([{"uses": "./ci", "with": {"checks": LIGHT}}])
    assert not ran.failed, ran.log
    assert "all here" in ran.log
    assert ran.outputs["head"] == after


def test_a_head_that_is_gone_is_said_and_nothing_is_judged(forge, hosted, work, job) -> None:
    base = work.git("rev-parse", "main")
    ran = job("pull_request", webhooks.pull_request(hosted, 1, base, "d" * 40))
    ran.run(with_checks(LIGHT))
    assert ran.failed
    assert "validate" not in ran.ran
    assert not (ran.folder / "artifacts").exists()
    assert "d" * 40 in ran.log


def test_the_step_that_judges_has_no_token(forge, hosted, work, job) -> None:
    base, head = work.git("rev-parse", "main"), change(work)
    send(forge, work, "topic")
    ran = job("pull_request", webhooks.pull_request(hosted, 1, base, head))
    ran.run(with_checks(LIGHT))
    assert OLGA.secret in ran.environments["sluice github fetch"].values()
    assert OLGA.secret not in ran.environments["sluice github validate"].values()
    assert OLGA.secret not in (ran.workspace / ".git/config").read_text()
    assert OLGA.secret not in ran.log


def test_a_token_that_is_refused_is_said_without_the_token(forge, hosted, work, job) -> None:
    base, head = work.git("rev-parse", "main"), change(work)
    send(forge, work, "topic")
    ran = job("pull_request", webhooks.pull_request(hosted, 1, base, head))
    ran.token = "not-a-token"
    ran.run(with_checks(LIGHT))
    assert ran.failed
    assert "permissions: contents: read" in ran.log
    assert "not-a-token" not in ran.log


def test_a_repository_that_only_installs_judges_nothing(job, hosted) -> None:
    ran = job("push", webhooks.push(hosted, "a" * 40, "b" * 40))
    USES["actions/checkout"](ran, {})
    ran.steps([{"uses": "./ci", "with": {"run": "nothing"}}, {"run": "sluice --version"}])
    assert not ran.failed, ran.log
    assert ran.log.startswith("sluice ")
