"""From a pull request to its comment: the steps of both workflows, one without rights and one with them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from github import Auth, Github
from github.Repository import Repository
from support import webhooks
from support.extras import needs_deepchecks
from support.forge_actions import end_run, record_run, upload_artifact
from support.forges import BOT, PERSON
from support.jobs import ROOT, USES, Job, workflow
from support.repositories import git

from sluicegate.embedded.forge import Forge

COUNT = itertools.count(1)
VALIDATE, REPORT, COMMANDS = (
    workflow(ROOT / f".github/workflows/sluice-{name}.yaml") for name in ("validate", "report", "commands")
)


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forge]:
    with Forge(tmp_path_factory.mktemp("forge"), [BOT, PERSON]) as running:
        yield running


@pytest.fixture
def hosted(forge: Forge, work: Any) -> Repository:
    """The tiny model on the forge, and an open pull request with its second version."""
    github = Github(
        base_url=forge.api, auth=Auth.Token(PERSON.secret), retry=None,
        seconds_between_requests=0, seconds_between_writes=0,
    )  # fmt: skip
    repository = github.get_user().create_repo(f"models-{next(COUNT)}")
    work.git("remote", "add", "origin", f"{forge.url}/{repository.full_name}.git")
    work.git("switch", "--quiet", "--create", "topic")
    work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
    work.commit("Version 2")
    header = f"http.{forge.url}/.extraheader=Authorization: Bearer {PERSON.secret}"
    git("-c", header, "push", "--quiet", "origin", "main", "topic", cwd=work.root)
    repository.create_pull(base="main", head="topic", title="Version 2", body="")
    return repository


@pytest.fixture
def job(forge: Forge, tmp_path: Path, monkeypatch):
    def start(event_name: str, event: dict[str, Any]) -> Job:
        folder = tmp_path / f"job-{next(COUNT)}"
        return Job(folder, event_name, event, forge.url, BOT.secret, uses=dict(USES))

    return start


def validated(job, hosted: Repository, forge: Forge, checks: str | None) -> dict[str, Any]:
    """Run the validate workflow for the pull request, and end its run; the event that GitHub sends then."""
    (pull,) = hosted.get_pulls()
    event = webhooks.pull_request(hosted.full_name, pull.number, pull.base.sha, pull.head.sha)
    ran = job("pull_request", event)
    ran.token = ""  # a fork's: what it fetches is public
    steps = VALIDATE["jobs"]["validate"]["steps"]
    given = {} if checks is None else {"checks": checks}
    ran.run({"steps": [step | ({"with": given} if step["uses"] == "./ci" else {}) for step in steps]})
    folder = ran.folder / "artifacts/sluice-report"
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    run = record_run(
        forge.api, PERSON.secret, hosted.full_name, pull.head.sha, event="pull_request", head_branch="topic"
    )
    upload_artifact(forge.api, PERSON.secret, hosted.full_name, run["id"], "sluice-report", files)
    end_run(forge.api, PERSON.secret, hosted.full_name, run["id"])
    done = webhooks.example("workflow_run", "completed")
    done["repository"]["full_name"] = hosted.full_name
    done["workflow_run"] |= {
        "id": run["id"], "head_sha": pull.head.sha, "conclusion": "success", "event": "pull_request",
    }  # fmt: skip
    return done


@needs_deepchecks
def test_a_whole_run_becomes_comment_and_status_by_the_job_with_rights(job, hosted, forge) -> None:
    ran = job("workflow_run", validated(job, hosted, forge, None))
    assert ran.run(REPORT["jobs"]["report"])
    (pull,) = hosted.get_pulls()
    (comment,) = pull.get_issue_comments()
    assert pull.head.sha[:7] in comment.body, ran.log
    (status,) = hosted.get_commit(pull.head.sha).get_combined_status().statuses
    assert status.context == "sluice/validate"
    assert (status.state == "success") == (not ran.failed)
    assert BOT.secret not in ran.log


def test_a_partial_run_is_no_verdict(job, hosted, forge) -> None:
    ran = job("workflow_run", validated(job, hosted, forge, "spec-valid"))
    ran.run(REPORT["jobs"]["report"])
    (pull,) = hosted.get_pulls()
    states = {one.state for one in hosted.get_commit(pull.head.sha).get_combined_status().statuses}
    assert "success" not in states, ran.log


def test_a_run_that_was_cancelled_is_not_reported(job, hosted, forge) -> None:
    event = webhooks.example("workflow_run", "completed")
    event["workflow_run"]["conclusion"] = "cancelled"
    assert not job("workflow_run", event).run(REPORT["jobs"]["report"])


def commented(job, hosted: Repository, forge: Forge, body: str) -> Job:
    """A comment on the pull request, and what the workflow that GitHub starts by it does."""
    (pull,) = hosted.get_pulls()
    written = pull.create_issue_comment(body)
    event = webhooks.example("issue_comment", "created")
    event["repository"]["full_name"] = hosted.full_name
    event["issue"] |= {"number": pull.number, "pull_request": {"url": pull.url}}
    event["comment"] |= {"id": written.id, "body": body}
    event["comment"]["user"] |= {"login": written.user.login, "id": written.user.id, "type": "User"}
    ran = job("issue_comment", event)
    # The workflow names github.com, where it runs; here that is the forge.
    text = json.dumps(COMMANDS["jobs"]["commands"])
    there = forge.url.removeprefix("http://")
    text = text.replace("https://x-access-token", "http://x-access-token").replace(
        "github.com/$", f"{there}/$"
    )
    assert ran.run(json.loads(text)) == ("/sluice" in body)
    return ran


def test_a_command_is_carried_out_once_by_the_job_with_rights(job, hosted, forge) -> None:
    ran = commented(job, hosted, forge, "/sluice explain latency")
    assert not ran.failed, ran.log
    assert "1 of 1 commands carried out" in ran.log
    (pull,) = hosted.get_pulls()
    (_, answer) = pull.get_issue_comments()
    assert "✅ `/sluice explain latency`" in answer.body
    assert BOT.secret not in ran.log


def test_a_comment_without_a_command_starts_nothing(job, hosted, forge) -> None:
    assert not commented(job, hosted, forge, "looks good").ran
