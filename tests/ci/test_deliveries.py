"""Webhooks that are taken in at once and carried out in order, over real HTTP."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Mapping

import pytest

from sluicegate.ci.deliveries import WAITING, Deliveries


class Words(Deliveries[str]):
    """A receiver whose deliveries are words; `no` is refused."""

    largest = 100

    def answer(self, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        return (403, "no") if headers.get("x-secret") == "wrong" else self.queued(body.decode())


def send(receiver: Words, body: bytes, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", receiver.port, timeout=60)
    try:
        connection.request("POST", "/", body, dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def receiving(act: Callable[[str], None]) -> Words:
    return Words("127.0.0.1", 0, act)


def test_deliveries_are_carried_out_in_order_and_also_when_the_receiver_ends() -> None:
    done: list[str] = []
    with receiving(done.append) as receiver:
        answers = [send(receiver, word) for word in (b"one", b"two", b"three")]
    assert answers == [(202, "taken in\n")] * 3
    assert done == ["one", "two", "three"]


def test_one_that_fails_is_named_and_those_behind_it_are_carried_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done: list[str] = []

    def act(word: str) -> None:
        if word == "bad":
            raise ValueError(word)
        done.append(word)

    with receiving(act) as receiver:
        send(receiver, b"bad")
        send(receiver, b"good")
        receiver.finish()
        assert done == ["good"]
    assert "'bad' was not carried out" in caplog.text


def test_what_the_receiver_refuses_is_not_carried_out() -> None:
    done: list[str] = []
    with receiving(done.append) as receiver:
        assert send(receiver, b"one", {"X-Secret": "wrong"}) == (403, "no\n")
    assert done == []


@pytest.mark.parametrize(
    "headers", [{"Content-Length": "101"}, {"Content-Length": "-1"}, {"Content-Length": "x"}]
)
def test_a_body_without_a_length_or_above_the_limit_is_not_read(headers: Mapping[str, str]) -> None:
    with receiving(lambda _: None) as receiver:
        status, words = send(receiver, b"", headers)
    assert (status, words) == (413, "a delivery has a length, of 100 bytes at most\n")


def test_when_too_many_wait_the_sender_is_told_to_send_it_again() -> None:
    began, go_on = threading.Event(), threading.Event()

    def act(_: str) -> None:
        began.set()
        go_on.wait()

    with receiving(act) as receiver:
        try:
            send(receiver, b"first")
            began.wait()
            answers = [receiver.queued(str(number))[0] for number in range(WAITING + 1)]
            assert answers == [202] * WAITING + [503]
            assert send(receiver, b"last") == (503, "too many deliveries wait; deliver it again\n")
        finally:
            go_on.set()
