"""The process: its port, and its end with its parent."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys

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
command = [sys.executable, "-P", "-m", "onnx_server", *sys.argv[1:], "--ready-fd", str(write_end)]
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
