"""MLflow's webhooks, signed as MLflow signs them: what is taken in, and what is not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from http.client import HTTPConnection
from typing import Any

import pytest

from sluicegate.ci.mlflow.webhook import REPLAY_SECONDS, Announced, Receiver

SECRET = b"what MLflow and we know"
NOW = 1_800_000_000
CREATED = {
    "entity": "model_version",
    "action": "created",
    "timestamp": "2026-11-26T22:00:00+00:00",
    "data": {"name": "flights", "version": "7", "source": "models:/m-1", "run_id": "ab", "tags": {}},
}
ALIAS = {
    "entity": "model_version_alias",
    "action": "created",
    "data": {"name": "flights", "alias": "champion", "version": "7"},
}


def delivery(payload: Any, *, at: int = NOW, secret: bytes = SECRET) -> tuple[bytes, dict[str, str]]:
    """A body with its headers, as mlflow/webhooks/delivery.py makes them."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    digest = hmac.new(secret, f"id-1.{at}.".encode() + body, hashlib.sha256).digest()
    return body, {
        "X-MLflow-Delivery-Id": "id-1",
        "X-MLflow-Timestamp": str(at),
        "X-MLflow-Signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def answers(sent: list[tuple[bytes, dict[str, str]]], alias: str | None = None) -> tuple[list[int], list]:
    """The status of each, and what was carried out."""
    done: list[Announced] = []
    with Receiver("127.0.0.1", 0, SECRET, done.append, alias=alias, now=lambda: NOW) as receiver:
        statuses = []
        for body, headers in sent:
            connection = HTTPConnection("127.0.0.1", receiver.port, timeout=60)
            connection.request("POST", "/", body, headers)
            statuses.append(connection.getresponse().status)
            connection.close()
        receiver.finish()
    return statuses, done


def test_a_registered_version_is_taken_in() -> None:
    assert answers([delivery(CREATED)]) == ([202], [Announced("flights", "7")])


def test_with_an_alias_only_the_version_that_is_given_it() -> None:
    other = {**ALIAS, "data": {**ALIAS["data"], "alias": "shadow"}}
    sent = [delivery(CREATED), delivery(other), delivery(ALIAS)]
    assert answers(sent, "champion") == ([202, 202, 202], [Announced("flights", "7")])


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (delivery(CREATED, secret=b"another"), 401),
        ((delivery(CREATED)[0], {}), 401),
        ((delivery(CREATED)[0], {**delivery(CREATED)[1], "X-MLflow-Delivery-Id": "id-2"}), 401),
        ((delivery(CREATED)[0], {**delivery(CREATED)[1], "X-MLflow-Timestamp": str(NOW + 1)}), 401),
        (delivery(CREATED, at=NOW - REPLAY_SECONDS - 1), 401),
        (delivery(CREATED, at=NOW + REPLAY_SECONDS + 1), 401),
        (delivery(b"{"), 400),
        (delivery(b"[]"), 400),
        (delivery({**CREATED, "data": {"name": "flights", "version": "../7"}}), 400),
        (delivery({**CREATED, "entity": "registered_model"}), 202),
        ((b"{}", {"Content-Length": str(2 << 20)}), 413),
    ],
)
def test_anything_else_is_not_carried_out(sent: tuple[bytes, dict[str, str]], status: int) -> None:
    assert answers([sent]) == ([status], [])
