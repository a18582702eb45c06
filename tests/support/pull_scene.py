"""A pull request on the embedded forge: people who comment on it, and the gate that releases its merge."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from github import Auth, Github
from github.IssueComment import IssueComment
from github.PullRequest import PullRequest

from sluicegate.ci.github.client import Client, connect
from sluicegate.ci.github.commands.context import Tools
from sluicegate.ci.github.commands.event import Comment, read
from sluicegate.ci.github.commands.handle import Handled, handle
from sluicegate.ci.github.comment import put_report
from sluicegate.embedded.forge import Forge, Token
from sluicegate.gate.daemon.reviews import reviews_at
from sluicegate.gate.daemon.smoke import SmokeTests
from sluicegate.specs import layout
from sluicegate.specs.reviews import Review
from sluicegate.validators.runner.finding import Finding, Report, Verdict
from support.clock import START
from support.gate_scene import ENVIRONMENT, MODEL, PEOPLE, Scene
from support.keys import Key
from support.repositories import git
from support.specs import environment_yaml, model_yaml

PERMISSIONS = {
    "sluice": "write",
    "olga": "write",  # owns the models
    "pia": "write",  # owns the models and the environments
    "max": "write",  # writes the pull requests, and owns the environments
    "carl": "write",  # owns nothing
    "ada": "admin",  # owns nothing
    "tom": "read",
}
PEOPLE_OF_THE_FORGE = [
    Token(login, f"{login}-secret", permission, number)
    for number, (login, permission) in enumerate(PERMISSIONS.items(), start=11)
]
BOT = PEOPLE_OF_THE_FORGE[0]
CODEOWNERS = b"/models/ @olga @pia\n/environments/ @pia @Max\n"
_NUMBERS = count(1)


class PullScene:
    """Version 1 is stable in production; a pull request of max brings version 2, or what `changes` says."""

    def __init__(
        self,
        forge: Forge,
        folder: Path,
        *,
        changes: Mapping[str, bytes] | None = None,
        codeowners: bytes | None = CODEOWNERS,
    ) -> None:
        self.forge = forge
        self.name = f"ada/commands-{next(_NUMBERS)}"
        self.hubs = {one.login: _hub(forge, one.secret) for one in PEOPLE_OF_THE_FORGE}
        self.hubs["ada"].get_user().create_repo(self.name.partition("/")[2])
        self.gate = Scene(folder, forge.root / f"{self.name}.git")
        self.key = Key()
        self.gate.signer = self.key.signer
        first = {ENVIRONMENT: environment_yaml("production", url="http://127.0.0.1:9", extra=_QUICK)}
        if codeowners is not None:
            first["CODEOWNERS"] = codeowners
        self.gate.merge(first)
        self.gate.release_version_1()
        self.gate.merge({layout.TRUSTED_KEYS: self.key.public})  # from here on all is signed
        self.push(changes or {MODEL: model_yaml(version=2)})
        repository = self.hubs["max"].get_repo(self.name)
        self.pull = repository.create_pull(base="main", head="topic", title="Better", body="")
        self.client: Client = connect(forge.api, BOT.secret)

    def close(self) -> None:
        self.gate.close()
        for hub in (*self.hubs.values(), self.client.github):
            hub.close()

    @property
    def tools(self) -> Tools:
        """What the handler works with: the gate's own repository, clock and figures."""
        gate = self.gate
        return Tools(
            self.client,
            gate.repository,
            "main",
            gate.clock,
            SmokeTests(),
            gate.signer,
            gate.gateway,
        )

    def wait_for(self, happened: Callable[[], object], seconds: float = 60) -> None:
        """Until something that comes by another thread has happened."""
        end = time.monotonic() + seconds
        while not happened():
            assert time.monotonic() < end, "it did not happen"
            time.sleep(0.05)

    def push(self, changes: Mapping[str, bytes]) -> str:
        """A commit on the pull request's branch, on what main has; the head."""
        people = self.gate.people
        people.fetch()
        sha = people.commit(people.tip("main"), changes, f"Change {next(_NUMBERS)}", START, PEOPLE)
        git(
            "push", "--quiet", "--force", str(self.gate.bare), f"{sha}:refs/heads/topic", cwd=people.directory
        )
        return sha

    @property
    def head(self) -> str:
        return self.pull_of("sluice").head.sha

    def pull_of(self, login: str) -> PullRequest:
        """The pull request as somebody sees it now."""
        return self.hubs[login].get_repo(self.name).get_pull(self.pull.number)

    def report(self, head: str | None = None) -> None:
        """Our report of the head is on the pull request."""
        finding = Finding("quality", Verdict.FAIL, "too low", "m")
        report = Report((finding,), 1.0, head=head or self.head, models={"m": Verdict.FAIL})
        put_report(self.client, self.pull_of("sluice"), report)

    def record_run(self, conclusion: str = "failure") -> int:
        """The workflow that judges the head has ended; its number."""
        run = {
            "path": ".github/workflows/sluice-validate.yaml",
            "name": "validate",
            "head_sha": self.head,
            "conclusion": conclusion,
        }
        requester = self.client.github.requester
        _, made = requester.requestJsonAndCheck("POST", f"/repos/{self.name}/-/runs", input=run)
        return int(made["id"])

    def write(self, login: str, body: str) -> Comment:
        """Somebody comments; the event that GitHub sends of it."""
        return self.event(self.pull_of(login).create_issue_comment(body))

    def event(self, comment: IssueComment, action: str = "created") -> Comment:
        return read({
            "action": action,
            "comment": comment.raw_data,
            "issue": {"number": self.pull.number, "pull_request": {}},
            "repository": {"full_name": self.name},
        })  # fmt: skip

    def say(self, login: str, body: str, **changes: Any) -> Handled:
        """Somebody comments, and the comment is handled; `changes` of its event."""
        return handle(replace(self.write(login, body), **changes), self.tools)

    def merge(self) -> None:
        self.pull_of("ada").merge()

    def start(self) -> None:
        """Merge, and let the gate start the version and give it its first traffic."""
        self.merge()
        while self.gate.release().weight == 0:
            self.gate.tick()

    def reviews(self) -> list[Review]:
        """What is recorded and counts, oldest first."""
        repository = self.gate.repository
        repository.fetch()
        main = repository.tip("main")
        assert main is not None
        return sorted(reviews_at(repository, main, repository.tip("gate-evidence")), key=lambda one: one.at)

    def answers(self) -> list[str]:
        """The bodies of our comments that answer commands."""
        own = self.client.own_id()
        comments = self.pull_of("sluice").get_issue_comments()
        return [one.body for one in comments if one.user.id == own and "sluicegate:commands" in one.body]

    def reactions(self, comment: Comment) -> list[str]:
        found = self.pull_of("sluice").get_issue_comment(comment.id)
        return sorted(one.content for one in found.get_reactions())


_QUICK = "  rollout: {window: 1s, min_seconds: 0}\n"


def _hub(forge: Forge, secret: str) -> Github:
    return Github(
        base_url=forge.api,
        auth=Auth.Token(secret),
        retry=None,
        seconds_between_requests=0,
        seconds_between_writes=0,
    )
