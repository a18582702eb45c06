"""Calls of every kind to one forge: what the bot posts, and what the tests of the forge leave uncalled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests
from github import Auth, Github
from github.PullRequest import PullRequest
from github.Repository import Repository
from support.forge_actions import end_run, record_run, upload_artifact

from sluicegate.ci.github.comment import post
from sluicegate.embedded.forge import Forge, Token
from sluicegate.validators.runner.finding import Finding, Report, Verdict

BOT = Token("sluice", "bot-secret", "write", 8)
PERSON = Token("olga", "olga-secret", "admin", 7)
READER = Token("rita", "rita-secret", "read", 9)
RULES = {
    "name": "main",
    "enforcement": "active",
    "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
    "rules": [
        {
            "type": "required_status_checks",
            "parameters": {
                "strict_required_status_checks_policy": False,
                "required_status_checks": [{"context": "sluice/validate"}],
            },
        }
    ],
}


@dataclass(frozen=True)
class Scene:
    """A repository of olga's with an open pull in it."""

    forge: Forge
    repository: Repository
    pull: PullRequest

    def send(self, method: str, path: str, token: Token = PERSON, body: Any = None) -> requests.Response:
        """One request below the API's address, as it is."""
        headers = {"Authorization": f"Bearer {token.secret}"}
        url = f"{self.forge.api}{path}"
        return requests.request(method, url, headers=headers, json=body, timeout=60, allow_redirects=False)


def as_user(forge: Forge, token: Token) -> Github:
    """PyGithub, without pauses or attempts of its own."""
    return Github(
        base_url=forge.api, auth=Auth.Token(token.secret), retry=None, seconds_between_requests=0,
        seconds_between_writes=0,
    )  # fmt: skip


def opened(forge: Forge, name: str = "contract") -> Scene:
    """A repository with an open pull of one file."""
    repository = as_user(forge, PERSON).get_user().create_repo(name, auto_init=True)
    repository.create_git_ref("refs/heads/topic", repository.get_branch("main").commit.sha)
    repository.create_file("models/a/model.yaml", "Add", "version: 1\n", branch="topic")
    pull = repository.create_pull(base="main", head="topic", title="Better", body="")
    return Scene(forge, repository, pull)


def report_of(pull: PullRequest, verdict: Verdict = Verdict.FAIL) -> Report:
    """A report of the pull's head with one finding."""
    finding = Finding("quality", verdict, "too low", "a", "models/a/model.yaml", 3, 1, 0.5, None, 0.6)
    return Report((finding,), 1.0, head=pull.head.sha, models={"a": verdict})


def play(scene: Scene) -> None:
    """A pull from its opening to the merge, and its release told by a deployment."""
    forge, repository, pull = scene.forge, scene.repository, scene.pull
    name = repository.full_name
    target = f"{name}#{pull.number}"
    run = record_run(forge.api, PERSON.secret, name, pull.head.sha, head_branch="topic")
    stored = upload_artifact(forge.api, PERSON.secret, name, run["id"], "report", {"report.json": "{}"})
    end_run(forge.api, PERSON.secret, name, run["id"])
    list(repository.get_workflow_run(run["id"]).get_artifacts())
    zipped = f"/repos/{name}/actions/artifacts/{stored['id']}/zip"
    assert scene.send("GET", zipped).status_code == 302
    scene.send("POST", f"/repos/{name}/rulesets", body=RULES)
    post(report_of(pull), target, forge.api, BOT.secret)
    assert scene.send("PUT", f"/repos/{name}/pulls/{pull.number}/merge", body={}).status_code == 405
    ruled = as_user(forge, BOT).get_repo(name)
    command = pull.create_issue_comment("/recheck")
    ruled.get_issue(pull.number).get_comment(command.id).create_reaction("eyes")
    repository.get_collaborator_permission("rita")
    as_user(forge, READER).get_repo(name).get_pull(pull.number).create_review(event="APPROVE")
    list(pull.get_reviews())
    post(report_of(pull, Verdict.PASS), target, forge.api, BOT.secret)
    pull.add_to_labels("released")
    merged = pull.merge(sha=pull.head.sha).sha
    list(repository.get_commit(merged).get_pulls())
    deployment = ruled.create_deployment(
        merged, environment="staging", auto_merge=False, required_contexts=[]
    )
    deployment.create_status("in_progress", description="1 %")
    deployment.create_status("success", environment_url="http://127.0.0.1/staging")
    list(deployment.get_statuses())


def play_the_rest(scene: Scene) -> None:
    """What neither the bot nor a test of the forge calls."""
    name = scene.repository.full_name
    pull = f"/repos/{name}/pulls/{scene.pull.number}"
    deployment = scene.repository.create_deployment("main", environment="dev", required_contexts=[])
    status = deployment.create_status("queued")
    (artifact,) = scene.repository.get_artifacts()
    draft = as_user(scene.forge, READER).get_repo(name).get_pull(scene.pull.number).create_review(body="Hm.")
    one = f"/repos/{name}/deployments/{deployment.id}"
    stored = f"/repos/{name}/actions/artifacts/{artifact.id}"
    requests_ = [
        ("GET", "/meta"), ("GET", "/user/repos"), ("GET", "/users/olga/repos"), ("GET", "/orgs/team/repos"),
        ("GET", f"/repos/{name}/issues/comments"), ("GET", f"/repos/{name}/rules/branches/main"),
        ("GET", f"{one}/statuses/{status.id}"), ("DELETE", one),
        ("GET", stored), ("DELETE", stored),
    ]  # fmt: skip
    for method, path in requests_:
        assert scene.send(method, path).ok, path
    submitted = scene.send("POST", f"{pull}/reviews/{draft.id}/events", READER, {"event": "APPROVE"})
    assert submitted.json()["state"] == "APPROVED"
    assert scene.send("PATCH", f"/repos/{name}/issues/{scene.pull.number}", body={"title": "Best"}).ok
