"""The process: its port, and its end with its parent."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest


def test_a_taken_port_is_a_named_error(artifact, refused):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, message = refused(*artifact("row_mean"), "--port", str(taken.getsockname()[1]))
    assert code == 1
    assert "PortTaken" in message


STARTER = """
import os, subprocess, sys
read_end, write_end = os.pipe()
command = [sys.executable, "-P", "-m", "sluicegate.onnx_server", *sys.argv[1:], "--ready-fd", str(write_end)]
child = subprocess.Popen(command, pass_fds=(write_end,))
os.close(write_end)
print(os.fdopen(read_end).readline().strip(), child.pid, sep="\\n", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("stopped", [False, True])
def test_the_server_dies_with_its_parent_even_while_it_is_stopped(artifact, stopped):
    path, digest = artifact("row_mean")
    options = [
        "--model-file",
        str(path),
        "--sha256",
        digest,
        "--name",
        "m",
        "--version",
        "1",
        "--exit-with-parent",
    ]
    parent = subprocess.Popen(
        [sys.executable, "-c", STARTER, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    port = json.loads(parent.stdout.readline())["port"]
    server = int(parent.stdout.readline())
    with socket.create_connection(("127.0.0.1", port)) as client:
        if stopped:
            os.kill(server, signal.SIGSTOP)
        parent.kill()
        client.settimeout(10)
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(1) == b""  # the connection ends with the process that held it
    parent.communicate(timeout=10)


def test_the_address_to_listen_on_is_chosen(artifact, serve, refused):
    with serve("row_mean", "--host", "0.0.0.0") as served:
        assert served.call("/v2/health/ready") == (200, {"ready": True})
    code, message = refused(*artifact("row_mean"), "--host", "192.0.2.1")
    assert code == 1
    assert "AddressUnusable" in message
    code, message = refused(*artifact("row_mean"), "--port", "99999")
    assert (code, "AddressUnusable" in message) == (1, True)


def test_without_a_drain_sigterm_ends_it_and_answers_what_is_in_flight(serve):
    with serve("row_mean") as served, half_sent(served) as (flying, rest):
        flying.settimeout(10)
        flying.sendall(rest)
        assert flying.recv(65536).startswith(b"HTTP/1.1 200")
        gone(served)


BODY = b'{"inputs":[{"name":"features","datatype":"FP32","shape":[1,3],"data":[1,2,3]}]}'


def gone(served):
    """Wait until its port refuses."""
    deadline = time.monotonic() + 20
    while True:
        try:
            served.call("/v2/health/live")
        except OSError:
            return
        assert time.monotonic() < deadline, "the server is still there"


def test_a_drain_is_not_ready_and_serves(serve):
    with serve("row_mean", "--drain-seconds", "2") as served:
        host, port = served.url.removeprefix("http://").split(":")
        flying = socket.create_connection((host, int(port)))
        half = len(BODY) // 2
        head = f"POST /v2/models/m/infer HTTP/1.1\r\nHost: x\r\nContent-Length: {len(BODY)}\r\n\r\n"
        flying.sendall(head.encode() + BODY[:half])
        assert served.call("/v2/health/ready")[0] == 200
        began = time.monotonic()
        os.kill(served.pid, signal.SIGTERM)
        while served.call("/v2/health/ready")[0] == 200:
            assert time.monotonic() < began + 2, "it stays ready"
        assert served.call("/v2/health/ready") == (503, {"ready": False})
        assert served.call("/v2/models/m/ready")[0] == 503
        assert served.call("/v2/health/live")[0] == 200
        assert served.call("/v2/models/m/infer", BODY)[0] == 200
        flying.sendall(BODY[half:])
        answer = flying.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200") and b"connection: close" in answer.lower()
        flying.close()
        gone(served)
        assert 2 <= time.monotonic() - began < 12


@contextlib.contextmanager
def half_sent(served):
    """A request of which the server has half, and a SIGTERM."""
    host, port = served.url.removeprefix("http://").split(":")
    half = len(BODY) // 2
    with socket.create_connection((host, int(port))) as flying:
        head = f"POST /v2/models/m/infer HTTP/1.1\r\nHost: x\r\nContent-Length: {len(BODY)}\r\n\r\n"
        flying.sendall(head.encode() + BODY[:half])
        assert served.call("/v2/health/ready")[0] == 200
        os.kill(served.pid, signal.SIGTERM)
        yield flying, BODY[half:]


def test_a_request_of_more_than_ten_seconds_is_answered_within_the_limit(serve):
    with serve("row_mean", "--finish-seconds", "40") as served, half_sent(served) as (flying, rest):
        flying.settimeout(11)
        with pytest.raises(TimeoutError):
            flying.recv(1)  # neither answered nor cut
        flying.settimeout(10)
        flying.sendall(rest)
        assert flying.recv(65536).startswith(b"HTTP/1.1 200")
        gone(served)


def test_what_is_not_answered_within_the_limit_is_given_up(serve):
    began = time.monotonic()
    with serve("row_mean", "--finish-seconds", "1") as served, half_sent(served) as (flying, _):
        flying.settimeout(10)
        with contextlib.suppress(ConnectionResetError):
            assert not flying.recv(65536).startswith(b"HTTP/1.1 200")
    assert time.monotonic() - began < 9


def test_a_second_signal_ends_a_drain(serve):
    with serve("row_mean", "--drain-seconds", "600") as served:
        os.kill(served.pid, signal.SIGTERM)
        while served.call("/v2/health/ready")[0] == 200:
            pass
        began = time.monotonic()
        os.kill(served.pid, signal.SIGTERM)
        gone(served)
        assert time.monotonic() - began < 300, "it did not wait for the drain's ten minutes"
