"""One pull request on the embedded forge, what may happen to it, and what is to be seen in the end."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests
from github import Auth, Github, GithubException
from requests import RequestException
from support.announcements import STEPS, announcement

from sluicegate.ci.github.client import GitHubError, connect
from sluicegate.ci.github.comment import post
from sluicegate.ci.github.rollout_comment import RolloutComment
from sluicegate.ci.report.comment_body import parse
from sluicegate.ci.report.markdown_report import KIND, render
from sluicegate.ci.report.markdown_text import read_marker
from sluicegate.embedded.forge import Forge, Token
from sluicegate.gate.daemon.announce import Announcement
from sluicegate.specs.release import Version
from sluicegate.validators.runner.finding import Finding, Report, Verdict

BOT = Token("sluice", "bot-secret", "write", 8)
OLGA = Token("olga", "olga-secret", "admin", 7)
RITA = Token("rita", "rita-secret", "write", 9)
PEOPLE = (BOT, OLGA, RITA)
KINDS = (
    "secondary", "rate", "too_many", "bad_gateway", "unavailable", "applied", "applied_broken", "broken",
)  # fmt: skip
TRIES = 40
"""How often the bot begins anew what did not succeed, as its next tick or its next run does."""


def hub(forge: Forge, token: Token) -> Github:
    """PyGithub, without pauses or attempts of its own."""
    return Github(
        base_url=forge.api, auth=Auth.Token(token.secret), retry=None, seconds_between_requests=0,
        seconds_between_writes=0,
    )  # fmt: skip


def let_fail(
    forge: Forge, share: float, seed: int = 0, *, kinds: Sequence[str] = KINDS, path: str = ""
) -> None:
    """From now on so large a share of the bot's requests fails, at paths with that in it; nobody else's."""
    plan = {"share": share, "kinds": kinds, "seed": seed, "logins": [BOT.login], "path": path}
    headers = {"Authorization": f"Bearer {OLGA.secret}"}
    requests.put(f"{forge.api}/-/faults", json=plan, headers=headers, timeout=60).raise_for_status()


@dataclass
class World:
    """A repository of olga's with an open pull; every method is an event, and does what the chance says."""

    forge: Forge
    name: str
    chance: random.Random
    merge_sha: str | None = None
    verdict: Verdict | None = None
    """Of the last report that was posted."""
    reported: str | None = None
    news: list[Announcement] = field(default_factory=list)
    """What the gate has told since the merge, oldest first."""

    def __post_init__(self) -> None:
        repository = hub(self.forge, OLGA).get_user().create_repo(self.name, auto_init=True)
        main = repository.get_branch("main").commit.sha
        repository.create_git_ref("refs/heads/topic", main)
        repository.create_file("models/m/model.yaml", "Version 1", "version: 1\n", branch="topic")
        self.repository = repository
        self.pull = repository.create_pull(base="main", head="topic", title="Better", body="")
        self.heads = [self.pull.head.sha]
        self.pushes = 1
        self._begin_anew()

    def _begin_anew(self) -> None:
        client = connect(self.forge.api, BOT.secret, pause=lambda _: None)
        self.rollout = RolloutComment(client, self.repository.full_name, every=0)

    @property
    def ended(self) -> bool:
        """Whether the release is over."""
        return bool(self.news) and self.news[-1].stage in ("stable", "rolled back")

    def push(self) -> None:
        """A commit more on the pull's branch."""
        if self.merge_sha is None:
            self.pushes += 1
            path = "models/m/model.yaml"
            old = self.repository.get_contents(path, ref="topic")
            text = f"version: {self.pushes}\n"
            made = self.repository.update_file(path, "Version", text, old.sha, branch="topic")
            self.heads.append(made["commit"].sha)

    def validate(self) -> None:
        """A report of the head; now and then one of an earlier head, which comes late and is refused."""
        late = len(self.heads) > 1 and self.chance.random() < 0.3
        head = self.chance.choice(self.heads[:-1]) if late else self.heads[-1]
        verdict = self.chance.choice((Verdict.PASS, Verdict.FAIL))
        report = Report((Finding("quality", verdict, "0.7", "m"),), 1.0, head=head, models={"m": verdict})
        posted = _until(lambda: self._post(report))
        assert posted is not late
        if posted:
            self.verdict, self.reported = verdict, render(report)

    def _post(self, report: Report) -> bool:
        target = f"{self.repository.full_name}#{self.pull.number}"
        try:
            post(report, target, self.forge.api, BOT.secret, pause=lambda _: None)
        except GitHubError as error:
            if "the report is of" in error.message:
                return False
            raise
        return True

    def approve(self) -> None:
        """A review of rita's."""
        if self.merge_sha is None:
            pull = hub(self.forge, RITA).get_repo(self.repository.full_name).get_pull(self.pull.number)
            pull.create_review(event="APPROVE")

    def say(self) -> None:
        """A person comments, with the marker of our own comment now and then."""
        text = self.chance.choice(("/sluice hold", "Nice.", self.reported or "Hm."))
        self.pull.create_issue_comment(text)

    def merge(self) -> None:
        """The pull is merged."""
        if self.merge_sha is None:
            self.merge_sha = self.pull.merge(sha=self.heads[-1]).sha

    def tick(self) -> None:
        """The gate evaluates, decides half of the time, and tells it."""
        if self.merge_sha is None or self.ended:
            return
        news = self._next()
        self.news.append(news)
        self._tell([news])

    def _next(self) -> Announcement:
        weight = self.news[-1].weight if self.news else 1
        version = Version(1, self.merge_sha or "", "sha256:" + "1" * 64)
        more: dict[str, Any] = {"version": version, "seconds": 10.0 * len(self.news), "weight": weight}
        dice = self.chance.random()
        if dice < 0.5:
            return announcement(**more)
        more["commit"] = self._decision()
        if dice < 0.6:
            return announcement(
                "rolled back", **(more | {"kind": "rollback", "weight": 0, "reason": "harmful"})
            )
        if weight == STEPS[-2]:
            return announcement("stable", **(more | {"kind": "finish", "weight": 100, "reason": "no worse"}))
        step = STEPS[STEPS.index(weight) + 1]
        return announcement(**(more | {"kind": "advance", "weight": step, "before": weight}))

    def _decision(self) -> str:
        """The commit of one decision, as the gate's."""
        path = f"environments/production/m/{len(self.news)}"
        return str(self.repository.create_file(path, "Decide", "m\n", branch="main")["commit"].sha)

    def _tell(self, news: Sequence[Announcement]) -> None:
        _until(lambda: self.rollout.announce(news))

    def again(self) -> None:
        """The same word comes a second time, as of a gate that was killed before it knew that it arrived."""
        if self.news:
            if self.chance.random() < 0.5:
                self._begin_anew()
            self._tell([self.news[-1]])

    def seen(self) -> dict[str, Any]:
        """What people see in the end, without what differs from one repository to another."""
        pull = self.repository.get_pull(self.pull.number)
        ours = [
            one.body for one in pull.get_issue_comments()
            if one.user.login == BOT.login and read_marker(one.body, KIND) is not None
        ]  # fmt: skip
        body = parse(ours[0]) if ours else parse("")
        head = self.repository.get_commit(self.heads[-1])
        return {
            "comments": len(ours),
            "report": _verdict(body.report) == _verdict(parse(self.reported or "").report),
            "rollout": body.rollout.partition("\n")[0],
            "merged": pull.merged,
            "labels": sorted(label.name for label in pull.labels),
            "statuses": {one.context: one.state for one in head.get_combined_status().statuses},
            "checks": {run.name: run.conclusion for run in head.get_check_runs()},
            "deployments": self._deployments(),
        }

    def _deployments(self) -> list[tuple[str, list[str]]]:
        return [
            (one.environment, [status.state for status in one.get_statuses()][:1])
            for one in self.repository.get_deployments()
        ]


def _verdict(report: str) -> str:
    """Line 1, which has verdict and head: what follows is shorter in a comment than in a whole report."""
    return report.partition("\n")[0]


def _until(act: Callable[[], Any]) -> Any:
    """Begin anew what failed, as the bot's next run does. Raises what the last attempt raised."""
    for _ in range(TRIES):
        try:
            return act()
        except (GitHubError, GithubException, RequestException):
            continue
    return act()
