"""Comments by webhook: only what the secret signed is taken in, and it is carried out in order."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import threading
from typing import Any

import pytest
from support.pull_scene import PullScene

from sluicegate.ci.github.commands.event import LARGEST, Comment
from sluicegate.ci.github.commands.handle import handle
from sluicegate.ci.github.commands.webhook import WAITING, Receiver, signed

SECRET = b"it is a secret"
PAYLOAD = {
    "action": "created",
    "comment": {
        "id": 1, "body": "/sluice help", "created_at": "2026-11-26T14:00:00Z",
        "user": {"login": "olga", "id": 12, "type": "User"},
    },
    "issue": {"number": 7, "pull_request": {}},
    "repository": {"full_name": "o/r"},
}  # fmt: skip


def signature(body: bytes, secret: bytes = SECRET) -> str:
    return "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()


def deliver(receiver: Receiver, body: bytes, **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", receiver.port, timeout=60)
    named = {"X-GitHub-Event": "issue_comment", "X-Hub-Signature-256": signature(body)}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("POST", "/", body, named)
    status = connection.getresponse().status
    connection.close()
    return status


def numbered(number: int) -> bytes:
    return json.dumps(PAYLOAD | {"issue": {"number": number, "pull_request": {}}}).encode()


def test_githubs_own_example_of_a_signature() -> None:
    header = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert signed(b"Hello, World!", header, b"It's a Secret to Everybody")
    assert not signed(b"Hello, World?", header, b"It's a Secret to Everybody")
    assert not signed(b"", signature(b"", b""), b"")


def test_deliveries_are_carried_out_one_after_the_other() -> None:
    done: list[int] = []
    with Receiver("127.0.0.1", 0, SECRET, lambda comment: done.append(comment.number)) as receiver:
        assert [deliver(receiver, numbered(number)) for number in range(1, 6)] == [202] * 5
        receiver.finish()
    assert done == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (numbered(1), {"X_Hub_Signature_256": signature(numbered(2))}, 401),
        (numbered(1), {"X_Hub_Signature_256": ""}, 401),
        (b"{}", {}, 400),
        (b"[" * 5000, {}, 400),
        (b"{}", {"X_GitHub_Event": "ping"}, 200),
        (b"{}", {"X_GitHub_Event": "push"}, 202),
        (b"{}", {"Content_Length": str(LARGEST + 1)}, 413),
    ],
)
def test_anything_else_is_not_taken_in(body: bytes, headers: dict[str, str], status: int) -> None:
    done: list[Comment] = []
    with Receiver("127.0.0.1", 0, SECRET, done.append) as receiver:
        assert deliver(receiver, body, **headers) == status
        receiver.finish()
    assert done == []


def test_what_crashes_is_logged_and_the_next_one_comes(caplog: pytest.LogCaptureFixture) -> None:
    done: list[int] = []

    def act(comment: Comment) -> None:
        if comment.number == 1:
            raise RuntimeError("broken")
        done.append(comment.number)

    with Receiver("127.0.0.1", 0, SECRET, act) as receiver:
        for number in (1, 2):
            deliver(receiver, numbered(number))
        receiver.finish()
    assert done == [2]
    assert "o/r#1: the comment was not carried out" in caplog.text


def test_too_many_that_wait_are_refused() -> None:
    go = threading.Event()
    with Receiver("127.0.0.1", 0, SECRET, lambda _: go.wait() and None) as receiver:
        body = numbered(1)
        answers = [receiver.take("issue_comment", signature(body), body)[0] for _ in range(WAITING + 2)]
        go.set()
    assert answers[0] == 202
    assert answers[-1] == 503


def test_the_forges_own_webhook_leads_to_a_decision(scene: PullScene) -> None:
    scene.start()
    handled: list[Any] = []
    with Receiver(
        "127.0.0.1", 0, SECRET, lambda comment: handled.append(handle(comment, scene.tools))
    ) as here:
        config = {"url": f"http://127.0.0.1:{here.port}/", "content_type": "json", "secret": SECRET.decode()}
        scene.hubs["ada"].get_repo(scene.name).create_hook("web", config, ["issue_comment"], active=True)
        scene.pull_of("olga").create_issue_comment("/sluice hold by webhook")
        scene.wait_for(lambda: handled and handled[0].answers)
    hold = scene.gate.release().hold
    assert hold is not None
    assert (hold.by, hold.reason) == ("@olga", f"by webhook (#{scene.pull.number})")
