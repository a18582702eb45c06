"""What people approved and overrode, as `sluice validate` counts it: for the head they saw, and no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import Result
from support.keys import Key

from sluicegate.ci.commands._checkout import checkout
from sluicegate.ci.commands._targets import of_change, waived_in
from sluicegate.ci.commands.validate import judge
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.daemon import review_writing
from sluicegate.specs.reviews import Review
from sluicegate.validators.runner.registry import checks

ENVIRONMENT = "environments/production/environment.yaml"
KEY = Key()


def said(work: Any, key: Key | None = KEY, **changes: Any) -> None:
    """A review of the topic's head, on the branch of the evidence."""
    values = {
        "kind": "override", "check": "owners-known", "repository": "o/r", "pull": 7,
        "head": work.git("rev-parse", "topic"), "models": {"tiny": "b" * 40}, "by": "@olga", "user": 12,
        "owns_as": ("@olga",), "at": datetime.now(UTC), "reason": "they know", "comment": 1,
    }  # fmt: skip
    with Repository(work.root / ".git") as repository:
        review_writing.add(repository, Review(**(values | changes)), None if key is None else key.signer)


@pytest.fixture
def judged(work: Any, sluice: Callable[..., Result]) -> Callable[[str], list[tuple[str, str]]]:
    def run(check: str) -> list[tuple[str, str]]:
        words = ("--changed", "main..topic", "--check", check, "--format", "json")
        result = sluice("validate", "-C", work.root, *words)
        found = json.loads(result.stdout)["findings"]
        return [(one["verdict"], one["message"]) for one in found if one["check"] == check]

    return run


@pytest.fixture
def topic(work: Any) -> Any:
    """A branch on which CODEOWNERS names others than the model does."""
    work.write("environments/gate.pub", KEY.public.decode())
    work.write("CODEOWNERS", "* @platform/all\n/environments/ @olga @pia\n")
    work.commit()
    work.git("switch", "--quiet", "-c", "topic")
    work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
    work.commit()
    return work


def test_an_override_waives_its_check_until_the_next_push(topic: Any, judged: Any) -> None:
    verdicts = {verdict for verdict, _ in judged("owners-known")}
    assert verdicts == {"fail"}
    said(topic)
    ((verdict, message), *_) = judged("owners-known")
    assert verdict == "waived"
    assert "they know (overridden by @olga at " in message
    topic.write("models/tiny/README.md", "Anew.")
    topic.commit()
    assert {verdict for verdict, _ in judged("owners-known")} == {"fail"}


def test_a_force_push_of_the_same_files_ends_what_was_said_and_its_return_revives_it(
    topic: Any, judged: Any
) -> None:
    """What was seen is a commit, with its message and all that it builds on."""
    seen = topic.git("rev-parse", "topic")
    said(topic)
    topic.git("commit", "--quiet", "--amend", "--message", "Anew")
    assert topic.git("rev-parse", "topic^{tree}") == topic.git("rev-parse", f"{seen}^{{tree}}")
    assert {verdict for verdict, _ in judged("owners-known")} == {"fail"}
    topic.git("reset", "--quiet", "--hard", seen)
    assert judged("owners-known")[0][0] == "waived"


@pytest.mark.parametrize(
    "changes",
    [
        {"until": (datetime.now(UTC) - timedelta(days=2)).date().isoformat()},
        {"check": "quality"},
        {"models": {"other": "b" * 40}},
        {"head": "a" * 40},
        {"kind": "approve", "check": None},
    ],
)
def test_an_override_of_something_else_waives_nothing(topic: Any, judged: Any, changes: Any) -> None:
    said(topic, **changes)
    assert {verdict for verdict, _ in judged("owners-known")} == {"fail"}


def test_what_may_be_waived_is_what_was_overridden(topic: Any) -> None:
    """What a report of a job without rights is held against."""

    def waived() -> set[tuple[str, str]]:
        with checkout(topic.root).repository() as repository:
            base, head = (topic.git("rev-parse", name) for name in ("main", "topic"))
            target = of_change(repository, base, head, None)
            return set(waived_in(target, datetime.now(UTC).date()))

    assert waived() == set()
    said(topic)
    assert waived() == {("owners-known", "tiny")}


def test_what_nobody_signed_waives_nothing_and_the_report_says_so(
    topic: Any, judged: Any, sluice: Any
) -> None:
    said(topic, key=None)
    assert {verdict for verdict, _ in judged("owners-known")} == {"fail"}
    result = sluice("validate", "-C", topic.root, "--changed", "main..topic", "--check", "owners-known")
    assert "does not count: owners-known overridden by @olga" in result.output
    assert "no key of environments/gate.pub signed it" in result.output


def test_a_looser_rule_stops_until_two_owners_approve_it(topic: Any, judged: Any) -> None:
    topic.edit("models/tiny/model.yaml", "version: 2", "version: 1")  # a model would be refused with it
    topic.edit(ENVIRONMENT, "spec:\n", "spec:\n  rollout: {steps: [100]}\n")
    topic.commit()
    ((verdict, message),) = judged("policy-approved")
    assert verdict == "inconclusive"
    assert "loosens: rollout.steps 100, in place of each model's own; 0 of 2 owners" in message
    approve = {"kind": "approve", "check": None}
    said(topic, **approve)
    said(topic, **approve, comment=2)  # the same person again
    assert "1 of 2 owners: approved by @olga" in judged("policy-approved")[0][1]
    said(topic, **approve, by="@carl", user=15, owns_as=("@carl",), comment=3)  # owns nothing of it
    assert judged("policy-approved")[0][0] == "inconclusive"
    said(topic, **approve, by="@pia", user=13, owns_as=("@PIA",), comment=4)
    ((verdict, message),) = judged("policy-approved")
    assert (verdict, "approved by @olga, @pia" in message) == ("pass", True)


def test_what_an_environment_loosens_is_said_in_line_1_whoever_owns_it(topic: Any, sluice: Any) -> None:
    topic.git("rm", "--quiet", "CODEOWNERS")
    topic.edit(ENVIRONMENT, "spec:\n", "spec:\n  rollout: {steps: [100]}\n")
    topic.commit()
    for base in ("main", "topic~1"):
        result = sluice("validate", "-C", topic.root, "--changed", f"{base}..topic", "--check", "spec-valid")
        (line, *_) = result.output.splitlines()
        assert f"{ENVIRONMENT} loosens rollout.steps 100, in place of each model's own" in line


def test_in_a_merge_queue_the_same_files_count(topic: Any) -> None:
    said(topic, models={"tiny": topic.git("rev-parse", "topic:models/tiny")})
    topic.git("switch", "--quiet", "main")
    topic.git("merge", "--squash", "--quiet", "topic")
    topic.commit("Queue")

    def verdicts(queued: bool) -> set[str]:
        check = {"owners-known": checks()["owners-known"]}
        report = judge(checkout(topic.root), (), "HEAD~1..HEAD", None, check, queued=queued)
        return {str(one.verdict) for one in report.findings if one.check == "owners-known"}

    assert verdicts(False) == {"fail"}
    assert verdicts(True) == {"waived"}
    topic.write("models/tiny/README.md", "Anew.")
    topic.git("add", "--all")
    topic.git("commit", "--quiet", "--amend", "--no-edit")
    assert verdicts(True) == {"fail"}


def test_what_judges_is_named_in_line_1_until_an_owner_of_each_file_approves_it(
    topic: Any, judged: Any, sluice: Any
) -> None:
    topic.edit("models/tiny/model.yaml", "version: 2", "version: 1")
    topic.write(".github/workflows/validate.yaml", "on: push\n")
    topic.write("environments/gate.pub", "other keys\n")
    topic.commit()
    assert {verdict for verdict, _ in judged("judge-approved")} == {"inconclusive"}
    said(topic, kind="approve", check=None)
    assert dict(judged("judge-approved")) == {
        "inconclusive": "changes workflows: .github/workflows/validate.yaml; "
        "nobody approved it of @platform/all",
        "pass": "changes keys that sign evidence: environments/gate.pub; approved by @olga",
    }
    command = ("validate", "-C", topic.root, "--changed", "main..topic", "--check", "judge-approved")
    assert "changes workflows, keys that sign evidence" in sluice(*command).output.splitlines()[0]
