import contextlib
import socket
import threading

import pytest
from support.http_stub import Answer, Request

from sluicegate.gate.adapters import http_get as http
from sluicegate.gate.adapters.bounded_http import NoAnswer, TooLarge
from sluicegate.gate.adapters.http_get import NotFound, get, stream


def test_a_body_comes_back_whole(web):
    web.pages["/metrics"] = b"x" * 100_000
    assert http.get(f"{web.url}/metrics") == b"x" * 100_000


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x", "nothing"])
def test_only_http_is_spoken(url):
    with pytest.raises(NoAnswer, match="not an http or https address"):
        http.get(url)


def test_an_error_answer_is_named_with_its_text(web):
    web.pages["/metrics"] = Answer(502, b"track 'canary' does not answer")
    with pytest.raises(NoAnswer, match="answered 502: track 'canary' does not answer"):
        http.get(f"{web.url}/metrics")


def test_an_empty_success_is_no_answer(web):
    web.pages["/metrics"] = Answer(204)
    with pytest.raises(NoAnswer, match="answered 204"):
        http.get(f"{web.url}/metrics")


def test_a_body_above_the_limit_is_refused(web):
    web.pages["/metrics"] = b"x" * 1001
    with pytest.raises(NoAnswer, match="more than 1,000 bytes"):
        http.get(f"{web.url}/metrics", limit=1000)


def test_a_server_that_hangs_is_left_after_the_limit(web):
    web.pages["/metrics"] = web.hang
    with pytest.raises(NoAnswer, match="did not answer"):
        http.get(f"{web.url}/metrics", seconds=0.2)


def test_a_server_that_drips_is_left_after_the_limit():
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while not stop.wait(0.02):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        with pytest.raises(NoAnswer, match=r"did not answer within 0\.3 s"):
            http.get(f"http://127.0.0.1:{listener.getsockname()[1]}/", seconds=0.3)
        stop.set()
        thread.join()


@pytest.mark.parametrize(
    ("head", "drop"),
    [(b"HTTP/1.1 200 OK\r\n\r\n", b"#"), (b"", b"H"), (b"HTTP/1.1 200 OK\r\n", b"a: b\r\n")],
    ids=["body", "status", "headers"],
)
def test_what_drips_leaves_no_thread_and_no_connection_behind(head, drop):
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            pause = threading.Event()
            with connection, contextlib.suppress(OSError):
                connection.sendall(head)
                while not pause.wait(0.02):
                    connection.sendall(drop)
            ended.set()

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        before = set(threading.enumerate())
        with pytest.raises(NoAnswer, match=r"did not answer within 0\.2 s"):
            http.get(f"http://127.0.0.1:{listener.getsockname()[1]}/", seconds=0.2)
        assert set(threading.enumerate()) <= before
        assert ended.wait(5), "the connection is still open"


def test_a_redirect_stays_on_its_host(web):
    web.pages["/here"] = Answer(302, b"", {"Location": "/there"})
    web.pages["/there"] = b"arrived"
    web.pages["/away"] = Answer(302, b"", {"Location": "http://127.0.0.2:1/"})
    web.pages["/file"] = Answer(302, b"", {"Location": "file:///etc/passwd"})
    assert http.get(f"{web.url}/here") == b"arrived"
    with pytest.raises(NoAnswer, match="redirects to another host"):
        http.get(f"{web.url}/away")
    with pytest.raises(NoAnswer):
        http.get(f"{web.url}/file")


def test_redirects_that_never_end_are_given_up(web):
    web.pages["/a"] = Answer(307, b"", {"Location": "/b"})
    web.pages["/b"] = Answer(307, b"", {"Location": "/a"})
    with pytest.raises(NoAnswer, match="redirects more than 10 times"):
        http.get(f"{web.url}/a")
    assert len(web.paths) == 11


def test_all_redirects_share_one_deadline(web):
    def slow(_: Request) -> Answer:
        web.closing.wait(0.15)
        return Answer(302, b"", {"Location": "/slow"})

    web.pages["/slow"] = slow
    with pytest.raises(NoAnswer, match=r"did not answer within 0\.4 s"):
        http.get(f"{web.url}/slow", seconds=0.4)


@pytest.mark.parametrize("address", ["http://user:word@127.0.0.1:1/", "http://user@127.0.0.1:1/"])
def test_a_credential_in_the_address_is_refused(address):
    with pytest.raises(NoAnswer, match="holds a user name or password, which is not sent"):
        http.get(address)


def test_a_redirect_to_an_address_with_a_credential_is_to_another_host(web):
    web.pages["/in"] = Answer(302, b"", {"Location": web.url.replace("//", "//user:word@") + "/there"})
    with pytest.raises(NoAnswer, match="redirects to another host"):
        http.get(f"{web.url}/in")


@pytest.mark.parametrize("address", ["http://[", "http://127.0.0.1:99999/", "http:///metrics"])
def test_what_is_not_an_address_is_named(address):
    with pytest.raises(NoAnswer):
        http.get(address)


def test_a_proxy_of_the_machine_is_not_asked(web, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    web.pages["/metrics"] = b"direct"
    assert http.get(f"{web.url}/metrics") == b"direct"


def test_nobody_listening_is_named():
    with pytest.raises(NoAnswer, match=r"did not answer: .*refused"):
        http.get("http://127.0.0.1:1/metrics")


def test_what_is_no_http_is_named():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def babble() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"SSH-2.0-babble\r\n\r\n")

        thread = threading.Thread(target=babble)
        thread.start()
        with pytest.raises(NoAnswer, match="did not answer: "):
            http.get(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join()


def test_a_stream_is_limited_by_what_is_kept_of_it(web):
    web.pages["/"] = b"x" * 5_000_000
    sizes: list[int] = []

    def keep(part: bytes) -> int:
        sizes.append(len(part))
        return 10

    stream(f"{web.url}/", keep, limit=10)
    assert sum(sizes) == 5_000_000
    with pytest.raises(TooLarge, match="more than 9 bytes"):
        stream(f"{web.url}/", keep, limit=9)


def test_an_error_page_is_not_kept_and_says_when_to_come_back(web):
    web.pages["/"] = Answer(503, b"busy", {"Retry-After": "30"})
    with pytest.raises(NoAnswer, match="503: busy, and asks to be left alone until 30 s from then"):
        stream(f"{web.url}/", lambda _: pytest.fail("kept an error's page"))


def test_what_is_not_there_is_told_from_what_fails(web):
    with pytest.raises(NotFound):
        get(f"{web.url}/nothing")
