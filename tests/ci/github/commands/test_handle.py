"""From a comment on the forge to a commit and an answer: real git, the gate itself, PyGithub over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from github import GithubException
from support.forge_proxy import Fault, Proxy
from support.gate_scene import ENVIRONMENT, MODEL
from support.keys import Key
from support.pull_scene import BOT, PullScene
from support.specs import environment_yaml, model_yaml

from sluicegate.ci.github.client import connect
from sluicegate.ci.github.commands.context import Tools
from sluicegate.ci.github.commands.event import NOBODY, read
from sluicegate.ci.github.commands.handle import handle
from sluicegate.embedded.forge import Forge


def test_a_hold_is_a_decision_in_the_name_of_who_wrote_it(scene: PullScene) -> None:
    scene.start()
    handled = scene.say("carl", "Something is off.\n/sluice hold errors at checkout")
    (answer,) = handled.answers
    assert answer.ok, answer
    hold = scene.gate.release().hold
    assert hold is not None
    assert (hold.by, hold.reason) == ("@carl", f"errors at checkout (#{scene.pull.number})")
    assert scene.gate.decisions()[-1]["Gate-By"] == "@carl"
    (body,) = scene.answers()
    assert body.startswith("✅ `/sluice hold errors at checkout` of @\u200bcarl at `")


def test_a_release_is_led_by_comments_alone(scene: PullScene) -> None:
    scene.start()
    number = scene.pull.number
    said = scene.say("olga", "/sluice hold\n/sluice release\n/sluice promote 50 it is fine\n/sluice rollback")
    assert [one.ok for one in said.answers] == [True] * 4, said
    release = scene.gate.release()
    assert release.canary is None
    assert [one.version for one in release.rejected] == [2]
    assert scene.say("olga", "/sluice retry it was the network").answers[0].ok
    assert scene.gate.release().rejected == ()
    assert scene.say("olga", "/sluice hotfix").answers[0].ok
    assert scene.gate.release().hotfix == f"asked for (#{number})"
    assert len(scene.answers()) == 1


@pytest.mark.parametrize("login", ["tom", "carl"])
def test_who_may_not_is_told_why_and_nothing_happens(released: PullScene, login: str) -> None:
    before = released.gate.tip()
    comment = released.write(login, "/sluice promote 100")
    (answer,) = handle(comment, released.tools).answers
    assert not answer.ok
    assert ("role write" if login == "tom" else "as CODEOWNERS names them (@olga, @pia") in answer.words
    assert released.gate.tip() == before
    assert released.reactions(comment) == ["-1", "eyes"]


@pytest.mark.parametrize(
    "body", ["> /sluice hold", "```\n/sluice hold\n```", "<!-- \n/sluice hold\n-->", "one could /sluice hold"]
)
def test_what_is_no_command_is_not_even_looked_at(released: PullScene, body: str) -> None:
    comment = released.write("olga", body)
    assert handle(comment, released.tools).answers == ()
    assert released.reactions(comment) == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"action": "edited"}, "the comment was edited"),
        ({"action": "deleted"}, "the comment was deleted"),
        ({"robot": True}, "a robot's"),
        ({"user": NOBODY}, "no account any more"),
        ({"of_pull": False}, "on an issue"),
        ({"id": 999_999}, "is gone"),
    ],
)
def test_only_what_a_person_writes_anew_on_a_pull_request_counts(
    released: PullScene, changes: dict[str, object], why: str
) -> None:
    handled = released.say("olga", "/sluice hold", **changes)
    assert why in handled.words
    assert handled.answers == ()
    assert released.gate.release().hold is None


def test_a_deleted_account_is_named_nowhere_in_the_event_and_commands_nothing(released: PullScene) -> None:
    written = released.pull_of("olga").create_issue_comment("/sluice hold").raw_data | {"user": None}
    event = {"action": "created", "comment": written, "repository": {"full_name": released.name}}
    comment = read(event | {"issue": {"number": released.pull.number, "pull_request": {}}})
    assert "no account any more" in handle(comment, released.tools).words
    assert released.gate.release().hold is None


def test_our_own_comments_command_nothing(released: PullScene) -> None:
    assert "our own" in released.say("sluice", "/sluice hold").words
    assert released.gate.release().hold is None


def test_an_event_that_comes_twice_is_carried_out_once(scene: PullScene) -> None:
    scene.start()
    comment = scene.write("olga", "/sluice promote 50")
    assert handle(comment, scene.tools).answers[0].ok
    before = scene.gate.tip()
    assert "taken up before" in handle(comment, scene.tools).words
    assert scene.gate.tip() == before


def test_a_login_that_belongs_to_another_account_by_now_may_nothing(released: PullScene) -> None:
    (answer,) = released.say("olga", "/sluice hold", user=4711).answers
    assert "@olga has none" in answer.words


def test_a_command_is_about_the_version_of_its_own_pull_request(scene: PullScene) -> None:
    scene.start()
    scene.gate.tick_until_stable(2)
    scene.gate.merge({MODEL: model_yaml(version=3)})
    scene.gate.tick()
    (answer,) = scene.say("olga", "/sluice hold").answers
    assert "version 2 is stable in production" in answer.words
    (answer,) = scene.say("olga", "/sluice hold --env production").answers
    assert not answer.ok
    assert scene.gate.release().hold is None


def test_an_approval_is_recorded_for_the_head_and_ends_with_it(scene: PullScene) -> None:
    scene.report()
    (answer,) = scene.say("olga", "/sluice approve reads well").answers
    assert answer.ok, answer
    (review,) = scene.reviews()
    assert (review.kind, review.by, review.head, review.reason) == (
        "approve",
        "@olga",
        scene.head,
        "reads well",
    )
    assert list(review.models) == ["m"]
    assert review.owns_as == ("@olga",)
    message = scene.gate.repository.log(scene.gate.tip("gate-evidence"), limit=1)[0].message
    assert "Review-By: @olga" in message
    assert f"Review-Head: {scene.head}" in message


def test_an_approval_of_a_head_that_moved_is_refused(scene: PullScene) -> None:
    scene.report()
    comment = scene.write("olga", "/sluice approve")
    head = scene.push({MODEL: model_yaml(version=2, margin=0.009)})
    (answer,) = handle(comment, scene.tools).answers
    assert f"there is no report of the head {head[:12]} yet" in answer.words
    assert answer.head == head
    scene.report()
    late = replace(scene.write("olga", "/sluice approve"), created_at=comment.created_at.replace(year=2020))
    (answer,) = handle(late, scene.tools).answers
    assert "after your comment" in answer.words
    assert scene.reviews() == []


def test_what_was_said_of_a_head_that_a_force_push_replaced_counts_no_more(scene: PullScene) -> None:
    scene.report()
    old = scene.head
    assert scene.say("olga", "/sluice approve").answers[0].ok
    assert scene.say("pia", "/sluice override quality noise").answers[0].ok
    new = scene.push({MODEL: model_yaml(version=2, margin=0.009)})
    assert {review.head for review in scene.reviews()} == {old}
    assert not any(review.counts(new, scene.gate.clock().date()) for review in scene.reviews())
    scene.report()
    own = scene.client.own_id()
    (report, answers) = [one for one in scene.pull_of("sluice").get_issue_comments() if one.user.id == own]
    assert new[:7] in report.body and old[:7] not in report.body
    assert f"at `{old[:12]}`" in answers.body


def test_a_head_that_is_named_is_the_one_that_counts(scene: PullScene) -> None:
    old = scene.head
    new = scene.push({MODEL: model_yaml(version=2, margin=0.009)})
    assert "by now" in scene.say("olga", f"/sluice approve --head {old[:9]}").answers[0].words
    assert scene.say("olga", f"/sluice approve --head {new[:9]}").answers[0].ok


def test_an_override_names_its_check_its_reason_and_its_end(scene: PullScene) -> None:
    scene.report()
    assert scene.say("pia", "/sluice override quality --until 2199-01-01 x").answers[0].ok is False
    assert scene.say("pia", "/sluice override quality noise of one carrier").answers[0].ok
    (review,) = scene.reviews()
    assert (review.check, review.reason, review.by) == ("quality", "noise of one carrier", "@pia")
    assert review.until is not None


def test_what_stops_nothing_is_not_overridden(scene: PullScene) -> None:
    """The report has no refusal of it: a record would say that somebody took upon themselves what is not."""
    scene.report()
    (answer,) = scene.say("pia", "/sluice override latency just in case").answers
    assert f"latency stops nothing at {scene.head[:12]}" in answer.words
    assert scene.reviews() == []


@pytest.mark.parametrize(
    ("login", "line", "why"),
    [
        ("max", "/sluice override quality mine", "nobody sets their own exam"),
        ("ada", "/sluice override quality as admin", "@ada is none"),
        ("olga", "/sluice override files-allowed why", "never overridden"),
        ("olga", "/sluice override qualty why", "there is no check 'qualty'"),
        ("olga", "/sluice hold", "a pull request that is open has no `hold`"),
        ("olga", "/sluice approve --model other", "there is no report"),
    ],
)
def test_what_is_refused_before_the_merge(opened: PullScene, login: str, line: str, why: str) -> None:
    (answer,) = opened.say(login, line).answers
    assert why in answer.words
    assert opened.reviews() == []


def test_without_codeowners_a_maintainer_decides(forge: Forge, tmp_path: Path) -> None:
    scene = PullScene(forge, tmp_path, codeowners=None)
    scene.report()
    assert "takes the role maintain" in scene.say("olga", "/sluice approve").answers[0].words
    assert scene.say("ada", "/sluice approve").answers[0].ok
    scene.close()


def test_the_owners_are_those_of_the_base(forge: Forge, tmp_path: Path) -> None:
    takes_over = {MODEL: model_yaml(version=2), "CODEOWNERS": b"* @carl\n"}
    scene = PullScene(forge, tmp_path, changes=takes_over)
    scene.report()
    assert "@carl is none" in scene.say("carl", "/sluice override quality mine now").answers[0].words
    scene.close()


def test_a_looser_rule_waits_for_two_owners(forge: Forge, tmp_path: Path) -> None:
    tight = environment_yaml("production", url="http://127.0.0.1:9")
    scene = PullScene(forge, tmp_path, changes={ENVIRONMENT: tight})
    scene.report()
    said = scene.say("pia", "/sluice approve").answers[0]
    assert "loosens rollout." in said.words
    assert "1 of 2 owners approved it" in said.words
    said = scene.say("max", "/sluice approve I wrote it").answers[0]
    assert "2 of 2 owners approved it" in said.words
    assert [one.author for one in scene.reviews()] == [False, True]
    scene.close()


def test_recheck_runs_the_workflow_of_the_head_again(opened: PullScene) -> None:
    assert "no run of sluice-validate.yaml judged" in opened.say("carl", "/sluice recheck").answers[0].words
    strangers = opened.record_run("action_required")
    asked = f"run {strangers} waits: GitHub asks whether a first contributor's workflow may run"
    assert asked in opened.say("ada", "/sluice recheck").answers[0].words
    run = opened.record_run()
    opened.record_run("skipped")  # of an edited title
    assert opened.say("carl", "/sluice recheck").answers[0].words == f"run {run} begins again"
    assert f"run {run} is still at it" in opened.say("max", "/sluice recheck").answers[0].words
    assert "takes the role write" in opened.say("tom", "/sluice recheck").answers[0].words


@pytest.fixture
def lacking(forge: Forge) -> Iterator[Callable[..., Tools]]:
    """The tools of a scene, whose token is refused what the answers say."""
    with Proxy(forge) as proxy:

        def tools(scene: PullScene, *refused: tuple[str, str, int]) -> Tools:
            proxy.faults[:] = [Fault(*one, lasting=True) for one in refused]
            return replace(scene.tools, client=connect(proxy.api, BOT.secret))

        yield tools


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/comments/{id}", 403), ("POST", "/reactions", 403), ("POST", "/reactions", 404)],
)
def test_a_token_that_may_not_even_react_carries_nothing_out(
    scene: PullScene, lacking: Callable[..., Tools], method: str, path: str, status: int
) -> None:
    scene.report()
    comment = scene.write("olga", "/sluice approve")
    with pytest.raises(GithubException) as caught:
        handle(comment, lacking(scene, (method, path.format(id=comment.id), status)))
    assert caught.value.status == status
    assert scene.reviews() == []
    assert scene.reactions(comment) == []


@pytest.mark.parametrize(
    ("login", "line", "refused"),
    [
        ("carl", "/sluice recheck", ("POST", "/rerun", 403)),
        ("carl", "/sluice recheck", ("GET", "/actions/runs", 404)),
        ("carl", "/sluice recheck", ("GET", "/permission", 403)),
    ],
)
def test_a_right_that_our_token_lacks_is_our_fault_and_is_answered_so(
    opened: PullScene, lacking: Callable[..., Tools], login: str, line: str, refused: tuple[str, str, int]
) -> None:
    opened.record_run()
    handled = handle(opened.write(login, line), lacking(opened, refused))
    (answer,) = handled.answers
    assert (answer.ok, handled.lacking, handled.crashed) == (False, True, False)
    assert (
        f"GitHub answered {refused[2]}: spoiled; the token of Sluicegate's job may not do it" in answer.words
    )
    assert "the token of Sluicegate's job may not do it" in opened.answers()[0]


def test_a_push_that_is_refused_is_our_fault_and_nothing_moves(scene: PullScene) -> None:
    scene.start()
    tips = scene.gate.tip(), scene.gate.tip("gate-evidence")
    hook = scene.gate.refuse_pushes("the App may not write contents")
    handled = scene.say("olga", "/sluice hold")
    hook.unlink()
    assert handled.lacking
    assert "the App may not write contents" in handled.answers[0].words
    assert (scene.gate.tip(), scene.gate.tip("gate-evidence")) == tips
    assert scene.gate.release().hold is None


def test_what_was_done_and_cannot_be_answered_is_in_the_log_of_the_job(
    scene: PullScene, lacking: Callable[..., Tools]
) -> None:
    scene.start()
    end = f"/issues/{scene.pull.number}/comments"
    handled = handle(scene.write("olga", "/sluice hold"), lacking(scene, ("POST", end, 403)))
    assert scene.gate.release().hold is not None
    assert handled.lacking
    assert handled.words.startswith(
        "1 of 1 commands carried out, and the answer is not on the pull request: "
    )
    assert handled.answers[0].ok
    assert scene.answers() == []


def test_a_pull_request_into_another_branch_is_answered(scene: PullScene) -> None:
    """Two of one head, and the one whose merge releases nothing: its commands are refused in words."""
    repository = scene.hubs["max"].get_repo(scene.name)
    repository.create_git_ref("refs/heads/next", repository.get_branch("main").commit.sha)
    main, scene.pull = scene.pull, repository.create_pull(base="next", head="topic", title="Next", body="")
    scene.report()
    handled = scene.say("olga", "/sluice approve\n/sluice hlp")
    assert [one.ok for one in handled.answers] == [False, False]
    assert "goes into next, and main is what is deployed" in handled.answers[0].words
    assert not handled.lacking
    (body,) = scene.answers()
    assert "goes into next" in body
    assert scene.reviews() == []
    scene.pull = main
    assert scene.answers() == []  # each has its own


def test_the_pull_request_of_a_deleted_account_has_no_author(scene: PullScene) -> None:
    scene.report()
    with Proxy(scene.forge) as proxy:
        proxy.deleted |= {"max", "carl"}
        scene.write("carl", "Nice.")
        tools = replace(scene.tools, client=connect(proxy.api, BOT.secret))
        handled = handle(scene.write("olga", "/sluice approve"), tools)
    assert handled.answers[0].ok, handled
    assert [one.by for one in scene.reviews()] == ["@olga"]


@pytest.mark.parametrize("name", ["hold", "approve", "recheck"])
def test_a_pull_request_that_was_closed_unmerged_has_no_release(scene: PullScene, name: str) -> None:
    scene.report()
    scene.pull_of("max").edit(state="closed")
    (answer,) = scene.say("olga", f"/sluice {name}").answers
    assert not answer.ok
    assert f"a pull request that is closed has no `{name}`" in answer.words
    assert scene.reviews() == []


def test_help_lists_what_this_reader_may_use(opened: PullScene) -> None:
    opened.say("tom", "/sluice hlp")
    (body,) = opened.answers()
    assert "there is no command 'hlp'" in body
    assert "`/sluice explain CHECK`" in body
    assert "`/sluice override" not in body.partition("<details>")[0]
    opened.say("pia", "/sluice help")
    (body,) = opened.answers()
    assert "`/sluice override CHECK [--until DAY] REASON`" in body
    assert " earlier</summary>" in body


def test_explain_says_what_a_check_is_for(opened: PullScene) -> None:
    (answer,) = opened.say("tom", "/sluice explain version-rises").answers
    assert answer.ok
    assert "Fix:" in answer.words


def test_what_a_comment_says_never_becomes_markup(scene: PullScene) -> None:
    scene.report()
    scene.say("olga", "/sluice approve @everyone <img src=x> [a](javascript:b) #1 `/sluice hold`")
    (body,) = scene.answers()
    assert "@everyone" not in body
    assert "<img" not in body
    assert len(scene.reviews()) == 1


@pytest.mark.parametrize("line", ["/sluice approve", "/sluice override quality why"])
def test_what_would_not_count_is_refused_and_says_what_to_do(scene: PullScene, line: str) -> None:
    scene.report()
    scene.gate.signer = None
    (answer,) = scene.say("olga", line).answers
    assert not answer.ok
    assert "what is not signed does not count; give SLUICE_SIGNING_KEY" in answer.words
    scene.gate.signer = Key().signer
    (answer,) = scene.say("olga", line).answers
    assert "environments/gate.pub does not name the key" in answer.words
    assert scene.reviews() == []
