from __future__ import annotations

import hashlib
import hmac
import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from sluicegate.embedded.forge.store import Row, Store, now
from sluicegate.embedded.forge.webhook_delivery import DeliveryQueue

SECRET = "it's secret"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "forge.sqlite")
    made.insert("repositories", owner="o", name="r", created_at=now())
    return made


@pytest.fixture
def hook(store: Store) -> Callable[..., int]:
    def make(url: str, **fields: object) -> int:
        given = {"secret": "", "content_type": "json", "events": '["push"]', "active": 1, **fields}
        return store.insert("hooks", repository=1, url=url, created_at=now(), updated_at=now(), **given)

    return make


def finished(store: Store, count: int = 1) -> list[Row]:
    """The deliveries, once none is pending."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        rows = store.rows("SELECT * FROM deliveries ORDER BY id")
        if len(rows) == count and all(row["status"] != "pending" for row in rows):
            return rows
        time.sleep(0.01)
    raise AssertionError(f"waited 30 s for {count} finished deliveries, found {rows}")


def test_signed_and_in_order(store: Store, hook: Callable[..., int], receiver: Callable[..., object]) -> None:
    there = receiver()
    mine = hook(f"{there.url}/api/webhook?x=1", secret=SECRET)
    queue = DeliveryQueue(store)
    for number in range(5):
        queue.send(mine, "push", None, json.dumps({"number": number, "words": "grün"}))
    rows = finished(store, 5)
    assert [(row["status"], row["status_code"], row["attempts"]) for row in rows] == [("OK", 200, 1)] * 5
    assert [json.loads(request.body)["number"] for request in there.requests] == [0, 1, 2, 3, 4]
    request = there.requests[0]
    assert request.target == "/api/webhook?x=1"
    headers = request.headers
    assert headers["x-github-event"] == "push" and headers["content-type"] == "application/json"
    assert headers["x-github-delivery"] == rows[0]["guid"]
    signature = hmac.new(SECRET.encode(), request.body, hashlib.sha256).hexdigest()
    assert headers["x-hub-signature-256"] == f"sha256={signature}"


def test_a_form_and_no_secret(
    store: Store, hook: Callable[..., int], receiver: Callable[..., object]
) -> None:
    there = receiver()
    DeliveryQueue(store).send(hook(there.url, content_type="form"), "ping", None, '{"a": "&="}')
    finished(store)
    request = there.requests[0]
    assert parse_qs(request.body.decode()) == {"payload": ['{"a": "&="}']}
    assert "x-hub-signature-256" not in request.headers


@pytest.mark.parametrize(
    ("codes", "attempts", "status"),
    [([503, 429, 200], 3, "OK"), ([500, 500, 500, 200], 3, "Invalid HTTP Response: 500"),
     ([404, 200], 1, "Invalid HTTP Response: 404"), ([302, 200], 1, "Invalid HTTP Response: 302")],
)  # fmt: skip
def test_retries(
    store: Store, hook: Callable[..., int], receiver: Callable[..., object], codes: list[int], attempts: int,
    status: str,
) -> None:  # fmt: skip
    there = receiver(codes)
    DeliveryQueue(store, waits=(0, 0)).send(hook(there.url), "push", None, "{}")
    assert [(row["attempts"], row["status"]) for row in finished(store)] == [(attempts, status)]
    assert len(there.requests) == attempts


def test_nobody_listens(store: Store, hook: Callable[..., int]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    DeliveryQueue(store, waits=(0, 0)).send(hook(f"http://127.0.0.1:{port}"), "push", None, "{}")
    (row,) = finished(store)
    assert row["attempts"] == 3 and row["status_code"] == 0 and "failed to connect" in row["status"]


def test_a_receiver_that_never_answers_and_a_queue_that_is_full(
    store: Store, hook: Callable[..., int]
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=50) as silent:
        mine = hook(f"http://127.0.0.1:{silent.getsockname()[1]}")
        queue = DeliveryQueue(store, seconds=0.2, waits=(), queue=2)
        for _ in range(3):
            queue.send(mine, "push", None, "{}")
        rows = finished(store, 3)
    assert [row["status"].split(":")[0] for row in rows] == ["timed out", "timed out", "queue full"]


def test_what_waits_outlives_the_process(
    store: Store, hook: Callable[..., int], receiver: Callable[..., object]
) -> None:
    there = receiver()
    store.insert(
        "deliveries", hook=hook(there.url), guid="g", event="push", payload="{}", redelivery=0,
        delivered_at=now(), status="pending",
    )  # fmt: skip
    DeliveryQueue(store)
    assert finished(store)[0]["status"] == "OK"


def test_old_deliveries_go(
    store: Store, hook: Callable[..., int], receiver: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sluicegate.embedded.forge.webhook_delivery.KEPT", 3)
    queue = DeliveryQueue(store, queue=50)
    mine = hook(receiver().url)
    for _ in range(60):
        queue.send(mine, "push", None, "{}")
    end = time.monotonic() + 30
    while store.rows("SELECT 1 FROM deliveries WHERE status = 'pending'") and time.monotonic() < end:
        time.sleep(0.01)
    assert len(store.rows("SELECT 1 FROM deliveries")) <= 53


def test_a_hook_that_is_gone_gets_nothing(store: Store) -> None:
    DeliveryQueue(store).send(99, "push", None, "{}")
    assert store.rows("SELECT * FROM deliveries") == []
