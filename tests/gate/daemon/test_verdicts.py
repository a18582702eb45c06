"""No verdict, no release: a version starts only when the content that was merged was judged.

`test_recorded_verdicts.py` has which records count, `test_github_verdicts.py` the word of GitHub.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.clock import START
from support.gate_scene import ENVIRONMENT, MODEL, Scene
from support.keys import Key
from support.specs import environment_yaml, model_yaml
from support.verdicts import record

from sluicegate.gate.core.command import CommandError
from sluicegate.gate.core.judged import Judged
from sluicegate.gate.daemon.state import State
from sluicegate.gate.daemon.verdicts import Wanted, wanted_of
from sluicegate.specs import layout
from sluicegate.specs.release import Version

KEY = Key()


@pytest.fixture
def judging(tmp_path: Path) -> Iterator[Scene]:
    """A scene whose environment requires a verdict, and trusts one key."""
    scene = Scene(tmp_path)
    scene.signer = KEY.signer
    scene.merge(
        {
            ENVIRONMENT: environment_yaml("production", require="[verdict]"),
            layout.TRUSTED_KEYS: KEY.public,
        }
    )
    yield scene
    scene.close()


class Asked:
    """A source that notes what it is asked for."""

    def __init__(self, answer: Judged) -> None:
        self.answer = answer
        self.wanted: list[Wanted] = []

    def find(self, state: State, wanted: Wanted) -> Judged:
        self.wanted.append(wanted)
        return self.answer


def not_merged(scene: Scene, model: bytes) -> tuple[str, str]:
    """A commit of people's own that main never gets, and the tree of its model."""
    people = scene.people
    people.fetch()
    commit = people.commit(people.tip("main"), {MODEL: model}, "On a branch", START)
    return commit, str(people.object_at(commit, "models/m"))


def test_without_a_verdict_a_first_version_waits_and_says_what_helps(judging: Scene) -> None:
    revision = judging.merge_version(1)
    outcome = judging.tick_one()
    assert outcome.decision is not None
    assert (outcome.kind, outcome.commit) == ("wait", None)
    assert outcome.decision.reason == (
        f"production: version 1 waits for a verdict: none is recorded; to judge it yourself, run "
        f"`sluice validate --changed {revision[:12]}~1..{revision[:12]} --record`"
    )
    assert outcome.problem is not None and "waits for a verdict" in outcome.problem


def test_with_one_it_starts_and_the_evidence_has_it(judging: Scene) -> None:
    revision = judging.merge_version(1)
    record(judging, revision, KEY)
    outcome = judging.tick_one()
    assert outcome.commit is not None and outcome.observations is not None
    assert judging.release().canary is not None
    seen = outcome.observations.judged
    assert seen is not None
    assert (seen.verdict, seen.commit) == ("pass", revision)
    assert seen.content == judging.repository.object_at(revision, "models/m")


def test_what_was_waived_is_said_where_it_starts(judging: Scene) -> None:
    revision = judging.merge_version(1)
    record(judging, revision, KEY, verdict="waived", overridden=("latency: too slow (waived until 2027)",))
    outcome = judging.tick_one()
    assert outcome.decision is not None
    assert outcome.decision.reason.endswith("; its verdict is waived: latency: too slow (waived until 2027)")


def test_the_same_files_in_another_commit_were_judged(judging: Scene) -> None:
    """As after a squash: main's commit is none that was judged, and has the same tree."""
    branch, content = not_merged(judging, model_yaml(version=1))
    merged = judging.merge_version(1)
    assert merged != branch
    record(judging, merged, KEY, head=branch, content=content)
    judging.tick_one()
    assert judging.release().canary is not None


def test_one_changed_byte_of_the_model_is_not_judged(judging: Scene) -> None:
    branch, content = not_merged(judging, model_yaml(version=1, margin=0.5))
    record(judging, judging.merge_version(1), KEY, head=branch, content=content)
    assert "none is recorded" in str(judging.tick_one().problem)


def test_a_rebase_whose_last_commit_was_judged(judging: Scene) -> None:
    """The first commit brings the version; model.yaml, which pins everything, stays as it is."""
    first = judging.merge_version(1)
    last = judging.merge({"models/m/README.md": b"The card.\n"})
    state = State(judging.repository, judging.tip())
    wanted = wanted_of(state, "m", Version(1, first, "sha256:" + "0" * 64))
    assert wanted.commits == (last, first)
    record(judging, last, KEY)
    judging.tick_one()
    canary = judging.release().canary
    assert canary is not None and canary.revision == first


def test_a_later_edit_of_the_policy_is_not_vouched_for_by_its_own_verdict(judging: Scene) -> None:
    """What runs is judged by the policy of the commit that brought it, and that one nobody judged."""
    judging.merge_version(1, margin=0.5)
    record(judging, judging.merge({MODEL: model_yaml(version=1)}), KEY)
    assert judging.tick_one().kind == "wait"


def test_a_hotfix_needs_a_verdict_and_a_rollback_none(judging: Scene) -> None:
    record(judging, judging.merge_version(1), KEY)
    judging.tick_until_stable(1)
    second = judging.merge_version(2)
    with pytest.raises(CommandError, match="version 2 waits for a verdict"):
        judging.execute("hotfix")
    record(judging, second, KEY, version=2)
    judging.execute("hotfix")
    assert judging.release().canary is not None
    judging.merge_version(3)
    assert judging.execute("rollback").kind == "rollback"


def test_an_unjudged_version_does_not_take_the_place_of_one_that_waits(judging: Scene) -> None:
    record(judging, judging.merge_version(1), KEY)
    judging.tick_one()
    third = judging.merge_version(2)
    judging.gateway.ready = False
    judging.tick_one()
    canary = judging.release().canary
    assert canary is not None and canary.version == 1
    record(judging, third, KEY, version=2)
    judging.tick_one()
    canary = judging.release().canary
    assert canary is not None and canary.version == 2


def test_another_source_is_asked_where_none_is_recorded_and_nobody_for_what_runs(judging: Scene) -> None:
    source = Asked(Judged("pass", "GitHub says so"))
    judging.merge_version(1)
    judging.tick_one(verdicts=[source])
    assert [wanted.version.version for wanted in source.wanted] == [1]
    for _ in range(2):
        judging.tick_one(verdicts=[source])
    assert len(source.wanted) == 1


def test_an_answer_on_its_way_is_no_problem_yet(judging: Scene) -> None:
    judging.merge_version(1)
    outcome = judging.tick_one(verdicts=[Asked(Judged("none", "GitHub is being asked", asking=True))])
    assert (outcome.kind, outcome.problem) == ("wait", None)
    assert outcome.decision is not None
    assert outcome.decision.reason == (
        "production: version 1 waits for a verdict: none is recorded; GitHub is being asked"
    )


def test_where_none_is_required_nobody_is_asked(scene: Scene) -> None:
    source = Asked(Judged("none", "no"))
    scene.merge_version(1)
    assert scene.tick_one(verdicts=[source]).commit is not None
    assert source.wanted == []
