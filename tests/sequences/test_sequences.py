"""A short form of `make sequences`."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from github import GithubException
from support.announcements import announcement
from support.http_stub import Answer, Request, StubServer

from sequences.play import play
from sequences.world import BOT, PEOPLE, World, let_fail
from sluicegate.ci.github.client import GitHubError, connect
from sluicegate.embedded.forge import Forge
from sluicegate.specs.release import Version

SECOND_PASSES = 4
"""A seed of faults of a share of one half: the first request fails, the second does not."""


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forge]:
    with Forge(tmp_path_factory.mktemp("forge"), PEOPLE) as running:
        yield running


@pytest.mark.parametrize("seed", [0, 105])
def test_whatever_happens_and_fails_there_is_one_comment_and_the_same_end(forge: Forge, seed: int) -> None:
    play(forge, seed)


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("rate", "/deployments"),  # a 403, but not for a right that is missing
        ("rate", "/labels"),
        ("bad_gateway", "/labels"),  # after the comment, which has the words by then
        ("bad_gateway", "/statuses"),
    ],
)
def test_words_that_arrived_in_part_are_completed_by_the_next_attempt(
    forge: Forge, kind: str, path: str
) -> None:
    world = World(forge, f"in-part-{kind}-{path[1:]}", random.Random(1))
    world.merge()
    revision = world.merge_sha or ""
    version = Version(1, revision, "sha256:" + "1" * 64)
    news = [announcement("stable", version=version, commit=revision, kind="finish", weight=100)]
    let_fail(forge, 1, kinds=[kind], path=path)
    try:
        with pytest.raises(GitHubError):
            world.rollout.announce(news)
    finally:
        let_fail(forge, 0)
    world.rollout.announce(news)
    shown = world.seen()
    assert (shown["comments"], shown["labels"]) == (1, ["production: stable"])
    assert shown["deployments"] == [("production", ["success"])]
    (status,) = world.repository.get_commit(revision).get_combined_status().statuses
    assert (status.context, status.state) == ("sluice/production", "success")


def test_a_label_that_an_attempt_took_away_without_an_answer_is_gone_and_no_right_is_missing(
    forge: Forge, caplog: pytest.LogCaptureFixture
) -> None:
    world = World(forge, "label-taken-away", random.Random(1))
    world.merge()
    version = Version(1, world.merge_sha or "", "sha256:" + "1" * 64)
    world.rollout.announce([announcement("running", version=version)])
    # Of the requests to take a label away the first is carried out and answered 502, the second answered.
    let_fail(forge, 0.5, seed=SECOND_PASSES, kinds=["applied"], path="/labels/")
    try:
        world.rollout.announce([announcement("stable", version=version, kind="finish", weight=100)])
    finally:
        let_fail(forge, 0)
    assert world.seen()["labels"] == ["production: stable"]
    assert "no labels" not in caplog.text


def test_a_rate_limit_does_not_make_another_account_of_the_bot(monkeypatch: pytest.MonkeyPatch) -> None:
    def respond(request: Request) -> Answer:
        if request.path == "/user":
            return Answer(403, b'{"message": "API rate limit exceeded for user ID 8."}')
        return Answer(200, b'{"login": "rita", "id": 9}')

    monkeypatch.setenv("SLUICE_BOT", "rita")  # whom an App's token, which has no /user, is taken for
    with StubServer(respond) as server, pytest.raises(GithubException, match="rate limit"):
        connect(server.url, BOT.secret, pause=lambda _: None).own_id()
