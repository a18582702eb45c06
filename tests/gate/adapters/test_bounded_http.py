import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import urllib3
from support.http_stub import Answer, StubServer

from sluicegate.gate.adapters.bounded_http import Deadline, NoAnswer, send, with_deadlines

BOMB = gzip.compress(b"\0" * (20 << 20))


@pytest.fixture
def manager() -> Iterator[urllib3.PoolManager]:
    with with_deadlines(urllib3.PoolManager()) as manager:
        yield manager


@contextlib.contextmanager
def raw_server(talk: Callable[[socket.socket, threading.Event], None]) -> Iterator[str]:
    """A server of one connection that writes what it likes; its address."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                talk(connection, stop)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            stop.set()
            thread.join()


def test_every_status_is_an_answer_with_its_headers_and_body(manager):
    with StubServer(lambda _: Answer(503, b"later", {"Retry-After": "3"})) as server:
        answer = send(manager, "GET", server.url, Deadline(5))
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (503, b"later", "3")


def test_method_headers_and_body_are_sent_and_no_encoding_is_asked_for(manager):
    with StubServer(lambda _: b"") as server:
        send(manager, "PATCH", f"{server.url}/a?b=c", Deadline(5), headers={"X-Y": "z"}, body=b"{}")
        (request,) = server.requests
    assert (request.method, request.target, request.body) == ("PATCH", "/a?b=c", b"{}")
    assert request.headers["x-y"] == "z" and request.headers["accept-encoding"] == "identity"


def test_headers_that_never_come_are_left_at_the_deadline(manager):
    with raw_server(lambda _, stop: stop.wait(30)) as url, pytest.raises(NoAnswer, match=r"within 0\.2 s"):
        send(manager, "GET", url, Deadline(0.2))


def test_a_body_that_stalls_after_its_headers_is_left_at_the_deadline(manager):
    def stall(connection: socket.socket, stop: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        stop.wait(30)

    with raw_server(stall) as url, pytest.raises(NoAnswer, match=r"did not answer within 0\.2 s"):
        send(manager, "GET", url, Deadline(0.2))


def test_a_chunked_body_that_drips_is_left_at_the_deadline(manager):
    def drip(connection: socket.socket, stop: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not stop.wait(0.02):
            connection.sendall(b"1\r\nx\r\n")

    begun = time.monotonic()
    with raw_server(drip) as url, pytest.raises(NoAnswer, match=r"did not answer within 0\.3 s"):
        send(manager, "GET", url, Deadline(0.3))
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("headers", [{}, {"Transfer-Encoding": "chunked"}], ids=["length", "chunked"])
def test_a_body_above_the_limit_is_refused_and_its_connection_closed(manager, headers):
    def flood(connection: socket.socket, stop: threading.Event) -> None:
        lines = [f"{name}: {value}" for name, value in headers.items()] or ["Content-Length: 1000000000"]
        connection.sendall("\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]).encode())
        block = b"x" * 10_000
        while not stop.is_set():
            connection.sendall(b"2710\r\n" + block + b"\r\n" if headers else block)

    # The server writes until the connection is closed, so this ends only if it is.
    with raw_server(flood) as url, pytest.raises(NoAnswer, match="more than 50,000 bytes"):
        send(manager, "GET", url, Deadline(20), limit=50_000)


def test_a_body_of_exactly_the_limit_is_whole(manager):
    with StubServer(lambda _: b"x" * 1000) as server:
        assert send(manager, "GET", server.url, Deadline(5), limit=1000).body == b"x" * 1000


def test_a_body_that_ends_early_is_not_an_answer(manager):
    def cut(connection: socket.socket, _: threading.Event) -> None:
        connection.recv(10_000)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b"x" * 50)

    with raw_server(cut) as url, pytest.raises(NoAnswer, match=r"did not answer: .*50 more expected"):
        send(manager, "GET", url, Deadline(5))


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "br", "gzip, gzip"])
def test_a_bomb_of_an_encoding_that_was_not_asked_for_is_never_decoded(manager, encoding):
    expected = pytest.raises(NoAnswer, match=f"in the encoding '{encoding}', which was not asked for")
    with StubServer(lambda _: Answer(200, BOMB, {"Content-Encoding": encoding})) as server, expected:
        send(manager, "GET", server.url, Deadline(5))


def test_a_redirect_is_an_answer_and_is_not_followed(manager):
    with StubServer(lambda _: Answer(302, b"", {"Location": "/elsewhere"})) as server:
        assert send(manager, "GET", f"{server.url}/here", Deadline(5)).status == 302
        assert [request.path for request in server.requests] == ["/here"]


def test_a_deadline_that_has_passed_sends_nothing(manager):
    with StubServer(lambda _: b"") as server:
        with pytest.raises(NoAnswer, match="did not answer within 0 s"):
            send(manager, "GET", server.url, Deadline(0))
        assert server.requests == []


def test_a_connection_is_used_again_under_a_deadline_of_its_own(manager):
    def answer_twice(connection: socket.socket, stop: threading.Event) -> None:
        for pause in (0.0, 0.6):
            connection.recv(10_000)
            # The first request's deadline passes before the second answer comes.
            stop.wait(pause)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with raw_server(answer_twice) as url:
        assert send(manager, "GET", url, Deadline(0.5)).body == b"ok"
        assert send(manager, "GET", url, Deadline(20)).body == b"ok"


def test_what_the_operating_system_says_is_the_reason(manager):
    with pytest.raises(NoAnswer, match=r"^did not answer: \[Errno \d+\] Connection refused$"):
        send(manager, "GET", "http://127.0.0.1:1/", Deadline(5))
