"""A short form of `make forge-contract`, and that a violation is seen."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from contract.description import MATERIAL, Description
from contract.judge import Call, judge, read_journal
from contract.scenario import BOT, PERSON, READER, opened, play, play_the_rest
from sluicegate.embedded.forge import Forge
from sluicegate.embedded.forge.journal import VARIABLE

pytestmark = pytest.mark.skipif(
    not MATERIAL.exists(), reason="GitHub's description of its API is not installed: make forge-contract"
)


@pytest.fixture(scope="module")
def description() -> Description:
    return Description()


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Call]]:
    """What was asked and answered from the opening of a pull to its release."""
    root = tmp_path_factory.mktemp("contract")
    with pytest.MonkeyPatch.context() as patch:
        directory = Path(os.environ.get(VARIABLE, root / "journal"))
        patch.setenv(VARIABLE, str(directory))
        with Forge(root / "forge", [BOT, PERSON, READER]) as forge:
            process = forge.pid
            scene = opened(forge)
            play(scene)
            play_the_rest(scene)
        yield list(read_journal(directory, f"{process}.jsonl"))


def test_what_the_bot_asks_and_the_forge_answers_is_as_github_describes_it(
    description: Description, calls: list[Call]
) -> None:
    judged = [judge(description, call) for call in calls]
    assert len({str(one.operation) for one in judged}) > 30
    found = {f"{one.operation}: {text}" for one in judged for text in one.violations}
    assert not found, "\n".join(sorted(found))


def _a(calls: list[Call], method: str, end: str) -> Call:
    return next(
        call for call in calls if call.method == method and call.path.endswith(end) and call.status < 300
    )


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ({"answered": None}, "answer 201: no JSON"),
        ({"status": 206}, "answer 206: GitHub gives no such status"),
        ({"sent": {}}, "request .: 'body' is a required property"),
        ({"sent": {"body": 1}}, "request body: 1 is not of type 'string'"),
        ({"sent": {"body": "text", "text": "body"}}, "request text: GitHub has no such field"),
        ({"query": (("page", "one"),)}, "request ?page: GitHub has no such parameter"),
        ({"path": "/repos/olga/contract/comments/1/threads"}, "GitHub has no such endpoint"),
    ],
)
def test_a_violation_is_seen(
    description: Description, calls: list[Call], change: dict[str, object], seen: str
) -> None:
    comment = _a(calls, "POST", "/comments")
    assert judge(description, comment).violations == ()
    assert seen in judge(description, replace(comment, **change)).violations  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value", "seen"),
    [
        ("user", {"login": "x"}, "answer 201 user: 'id' is a required property"),
        ("id", "1", "answer 201 id: '1' is not of type 'integer'"),
        ("created_at", "now", "answer 201 created_at: 'now' is not a 'date-time'"),
        ("mood", "good", "answer 201 mood: GitHub has no such field"),
    ],
)
def test_a_wrong_field_of_an_answer_is_seen(
    description: Description, calls: list[Call], name: str, value: object, seen: str
) -> None:
    comment = _a(calls, "POST", "/comments")
    violations = judge(description, replace(comment, answered=comment.answered | {name: value})).violations
    assert seen in violations
