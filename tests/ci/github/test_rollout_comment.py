"""A release told in its pull request: the gate's own decisions, a real forge, real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from github import Github
from github.PullRequest import PullRequest
from PIL import Image
from support.announcements import announcement
from support.browser import colours, screenshot
from support.clock import ManualClock
from support.forge_proxy import LOCKED, Fault, Proxy
from support.forges import BOT
from support.gate_scene import ENVIRONMENT, Scene
from support.http_stub import Answer, Request
from support.specs import environment_yaml, model_yaml

from sluicegate.ci.__main__ import main
from sluicegate.ci.github.client import Client, GitHubError, connect
from sluicegate.ci.github.comment import put_report
from sluicegate.ci.github.rollout_comment import MOST_AN_HOUR, RolloutComment
from sluicegate.ci.report.comment_body import parse
from sluicegate.ci.report.rollout.picture import picture
from sluicegate.embedded.forge import Forge
from sluicegate.gate.daemon.announce import Announcement
from sluicegate.gate.daemon.announcing import tell_now
from sluicegate.specs.release import Version
from sluicegate.validators.runner.finding import Finding, Report, Verdict

GOOD = Report((Finding("quality", Verdict.PASS, "fine", "m"),), 1.0, models={"m": Verdict.PASS})


@dataclass
class Merged:
    """A pull request that brought version 2 of `m`, and the gate beside the forge."""

    pull: PullRequest
    scene: Scene
    rollout: RolloutComment
    clock: ManualClock = field(default_factory=ManualClock)

    @property
    def name(self) -> str:
        return self.pull.base.repo.full_name

    @property
    def comment(self) -> str:
        (comment,) = self.pull.get_issue_comments()
        return comment.body

    @property
    def edited(self) -> str:
        (comment,) = self.pull.get_issue_comments()
        return f"{comment.updated_at} {comment.body}"

    def tick(self) -> None:
        assert tell_now([self.rollout], self.scene.tick(picture=picture)) == []

    def play(self, ended: str) -> None:
        for _ in range(30):
            self.tick()
            if f"production: {ended}" in self.labels():
                return
        raise AssertionError(f"not {ended}: {self.comment}")

    def labels(self) -> list[str]:
        return [label.name for label in self.pull.get_labels()]


@pytest.fixture
def merged(
    request: pytest.FixtureRequest,
    forge: Forge,
    olga: Github,
    client: Client,
    pull: PullRequest,
    tmp_path: Path,
) -> Iterator[Merged]:
    repository = pull.base.repo
    scene = Scene(tmp_path, forge.root / f"{repository.full_name}.git")
    scene.merge({ENVIRONMENT: environment_yaml("production")})
    scene.release_version_1()
    tip = repository.get_branch("main").commit.sha
    repository.create_git_ref("refs/heads/version-2", tip)
    path = "models/m/model.yaml"
    old = repository.get_contents(path, ref="version-2")
    repository.update_file(path, "Version 2", model_yaml(version=2).decode(), old.sha, branch="version-2")
    repository.create_file("models/m/README.md", "The card", "Words.\n", branch="version-2")
    proposed = repository.create_pull(base="main", head="version-2", title="Version 2", body="")
    put_report(
        client,
        client.github.get_repo(repository.full_name).get_pull(proposed.number),
        replace(GOOD, head=proposed.head.sha),
    )
    proposed.merge(merge_method=getattr(request, "param", "merge"))
    clock = ManualClock()
    rollout = RolloutComment(connect(forge.api, BOT.secret), repository.full_name, every=0, monotonic=clock)
    yield Merged(repository.get_pull(proposed.number), scene, rollout, clock)
    scene.close()


@pytest.mark.parametrize("merged", ["merge", "squash", "rebase"], indirect=True)
def test_the_one_comment_tells_the_release_to_its_end_and_keeps_the_report(merged: Merged) -> None:
    report = merged.comment
    merged.tick()
    assert merged.comment.startswith("⏳ **dark, without traffic** in `production` · `m` version 2")
    merged.play("stable")
    body = parse(merged.comment)
    assert body.rollout.startswith("🏁 **stable, at 100 %** in `production` · `m` version 2")
    assert body.report == parse(report).report
    assert body.state["head"] == parse(report).state["head"]
    for decision in merged.scene.decisions()[1:]:
        before, _, after = decision["Gate-Weight"].partition(" -> ")
        assert f"{before} → {100 if decision['Gate-Decision'] == 'finish' else after} %" in body.rollout
    assert "git fetch && sluice verify" in body.rollout
    assert merged.labels() == ["production: stable"]


def test_a_rollback_ends_it_with_the_reason(merged: Merged) -> None:
    merged.scene.gateway.failure_rate["canary"] = 0.5
    merged.play("rolled back")
    rollout = parse(merged.comment).rollout
    assert rollout.startswith("↩️ **rolled back** in `production`")
    assert "above the tolerance" in rollout
    assert "✘ harmful" in rollout


@pytest.mark.parametrize("merged", ["merge", "rebase"], indirect=True)
def test_the_timeline_and_the_commits_say_it_too(merged: Merged, olga: Github) -> None:
    merged.play("stable")
    repository = olga.get_repo(merged.name)
    (deployment,) = repository.get_deployments(environment="production")
    release = repository.get_contents("environments/production/m/release.yaml").decoded_content.decode()
    assert deployment.task == "release:m"
    assert deployment.sha in release
    states = [status.state for status in deployment.get_statuses()]
    assert states[0] == "success"
    assert set(states[1:]) == {"in_progress"}
    assert len(states) == len({(s.state, s.description) for s in deployment.get_statuses()})
    for commit in (deployment.sha, merged.scene.tip()):
        (status,) = repository.get_commit(commit).get_combined_status().statuses
        assert (status.context, status.state) == ("sluice/production", "success")


def test_a_report_that_is_posted_again_keeps_what_was_told(merged: Merged, client: Client) -> None:
    merged.play("stable")
    rollout = parse(merged.comment).rollout
    as_bot = client.github.get_repo(merged.name).get_pull(merged.pull.number)
    put_report(client, as_bot, replace(GOOD, head=merged.pull.head.sha, seconds=9.0))
    assert parse(merged.comment).rollout == rollout
    assert "in 9.0 s" in merged.comment


def test_a_gate_that_starts_anew_goes_on_where_the_other_ended(merged: Merged, forge: Forge) -> None:
    """The second one has told nothing itself, and writes nothing where nothing is new."""
    merged.play("stable")
    before = merged.edited
    merged.rollout = RolloutComment(connect(forge.api, BOT.secret), merged.name, every=0)
    merged.scene.begin_anew()
    merged.tick()
    assert merged.edited == before
    assert merged.labels() == ["production: stable"]


def test_an_end_that_was_never_told_is_told_by_the_next_gate(merged: Merged, forge: Forge) -> None:
    merged.tick()
    merged.scene.tick_until_stable(2)
    assert "stable, at 100 %" not in merged.comment
    merged.scene.begin_anew()
    merged.tick()
    assert merged.comment.startswith("🏁 **stable, at 100 %**")


def green(image: Image.Image) -> int:
    """Points of the colour of what is within its margin, and of its shade."""
    counted = colours(image)
    return sum(number for (red, high, blue), number in counted.items() if high > red + 12 and high > blue + 8)


def test_a_browser_shows_the_comment_with_its_plot_before_during_and_after(
    merged: Merged, forge: Forge, tmp_path: Path
) -> None:
    page = f"{forge.url}/{merged.name}/pull/{merged.pull.number}"
    before = screenshot(page, tmp_path / "before.png")
    merged.play("running")
    while "![each gate's interval" not in merged.comment:
        merged.tick()
    during = screenshot(page, tmp_path / "during.png")
    assert merged.labels() == ["production: running"]
    merged.play("stable")
    after = screenshot(page, tmp_path / "after.png")
    assert "![each gate's interval" in merged.comment
    assert min(green(during), green(after)) > green(before) + 500
    assert during.tobytes() != after.tobytes()


def news(merged: Merged, seconds: float, **more: object) -> list[Announcement]:
    revision = merged.pull.merge_commit_sha
    one = announcement(after=seconds, **more)
    return [replace(one, version=replace(one.version, revision=revision))]


def test_a_long_release_is_told_less_and_less_often(merged: Merged) -> None:
    """A day of evaluations every minute; each time the figures are others."""
    edits = 0
    for minute in range(24 * 60):
        before = merged.rollout._edits.copy()
        if minute in (0, 1, 2, 30, 31, 600, 601, 602, 640):
            merged.rollout.announce(news(merged, 60.0 * minute, requests=4000 + minute))
            edits += len(merged.rollout._edits) - len(before)
    assert edits == 6


def test_over_budget_only_decisions_are_told(merged: Merged) -> None:
    merged.rollout.announce(news(merged, 0))
    merged.rollout._edits.extend([merged.clock()] * MOST_AN_HOUR)
    before = merged.edited
    merged.rollout.announce(news(merged, 3600))
    assert merged.edited == before
    merged.rollout.announce(news(merged, 3601, commit=merged.scene.tip(), kind="advance", weight=25))
    assert "at 25 %" in merged.comment


def test_a_version_without_a_pull_request_has_its_deployment_alone(merged: Merged, olga: Github) -> None:
    revision = merged.scene.merge({"models/n/model.yaml": model_yaml("n")})
    one = announcement(model="n")
    merged.rollout.announce([replace(one, version=replace(one.version, revision=revision))])
    assert olga.get_repo(merged.name).get_deployments(sha=revision).totalCount == 1
    assert parse(merged.comment).rollout == ""


def test_without_the_right_to_write_deployments_the_comment_is_written(
    merged: Merged, caplog: pytest.LogCaptureFixture
) -> None:
    """A commit that the forge does not have is refused as a missing right is."""
    for seconds in (0, 60):
        merged.rollout.announce(news(merged, seconds, commit=f"{seconds:040}", kind="advance"))
    assert "at 5 %" in merged.comment
    assert caplog.text.count("no deployments and statuses") == 1


def test_the_command_of_one_tick_tells_it(
    merged: Merged, forge: Forge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLUICE_TOKEN", BOT.secret)
    words = ["gate", "tick", "--repo", str(merged.scene.bare), "--github", merged.name, "--api", forge.api]
    result = CliRunner().invoke(main, words)
    assert "advance, commit" in result.output
    assert merged.comment.startswith("⏳ **dark, without traffic** in `production`")


def test_a_name_that_is_no_repository_is_refused_before_anything_is_decided(merged: Merged) -> None:
    words = ["gate", "tick", "--repo", str(merged.scene.bare), "--github", "models"]
    tip = merged.scene.tip()
    assert CliRunner().invoke(main, words).exit_code == 2
    assert merged.scene.tip() == tip


def test_a_repository_that_is_not_there_is_a_named_error(forge: Forge) -> None:
    rollout = RolloutComment(connect(forge.api, BOT.secret), "olga/none")
    with pytest.raises(GitHubError, match="olga/none: GitHub answered 404"):
        rollout.announce([announcement()])


def test_a_repository_that_is_renamed_while_the_gate_runs_is_told_under_its_new_name(
    forge: Forge, pull: PullRequest
) -> None:
    """GitHub answers a write to the old address with 307, which PyGithub takes for a success."""
    name = pull.base.repo.full_name
    version = Version(1, pull.merge().sha, "sha256:" + "1" * 64)
    with Renamed(forge, f"{name}-old", name) as proxy:
        rollout = RolloutComment(connect(proxy.api, BOT.secret), proxy.old, every=0)
        rollout.announce([announcement("running", version=version)])
        proxy.happened = True
        rollout.announce([announcement("stable", version=version, kind="finish", weight=100)])
    (comment,) = pull.get_issue_comments()
    assert comment.body.startswith("🏁 **stable, at 100 %**")
    assert [label.name for label in pull.get_labels()] == ["production: stable"]


class Renamed(Proxy):
    """A repository that the forge has by its new name, and clients by the old one until it has happened."""

    def __init__(self, forge: Forge, old: str, new: str) -> None:
        self.old, self.new, self.happened = old, new, False
        super().__init__(forge)

    def _forward(self, request: Request) -> Answer:
        named = f"/{self.old}" in request.target
        target = request.target.replace(f"/{self.old}", f"/{self.new}")
        if named and self.happened:
            status = 301 if request.method == "GET" else 307
            return Answer(status, b"{}", {"Location": f"{self.url}{target}"})
        answer = super()._forward(replace(request, target=target))
        if self.happened:
            return answer
        links = answer.body.replace(f"/{self.new}".encode(), f"/{self.old}".encode())
        return Answer(answer.status, links, answer.headers)


def test_a_locked_conversation_keeps_only_words_back(
    merged: Merged, forge: Forge, olga: Github, caplog: pytest.LogCaptureFixture
) -> None:
    with Proxy(forge) as proxy:
        proxy.faults = [
            Fault("PATCH", f"/issues/comments/{comment.id}", 403, message=LOCKED, lasting=True)
            for comment in merged.pull.get_issue_comments()
        ]
        client = connect(proxy.api, BOT.secret)
        merged.rollout = RolloutComment(client, merged.name, every=0, monotonic=merged.clock)
        for _ in range(3):
            merged.tick()
        client.github.close()
    assert parse(merged.comment).rollout == ""
    assert olga.get_repo(merged.name).get_deployments().totalCount >= 1
    assert caplog.text.count("no comment: the conversation is locked") == 1
