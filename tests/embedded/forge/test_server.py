from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from sluicegate.embedded.forge import Forge, ForgeFailed, PortTaken, Token

SOURCE = str(Path(__file__).parents[3])


def test_state_outlives_the_process(tmp_path: Path) -> None:
    token = Token("olga", "s", "admin")
    with Forge(tmp_path, [token]) as forge:
        headers = {"Authorization": f"Bearer {token.secret}"}
        assert (
            requests.post(
                f"{forge.api}/user/repos", json={"name": "x"}, headers=headers, timeout=10
            ).status_code
            == 201
        )
        pid = forge.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with Forge(tmp_path) as again:
        assert requests.get(f"{again.api}/repos/olga/x", timeout=10).json()["id"] == 1


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"port {port} .* give another port"):
            Forge(tmp_path, port=port).start()


def test_an_account_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(ForgeFailed, match="refused"):
        Forge(tmp_path, [Token("a/b", "s")]).start()


def test_tokens_are_in_no_list_of_processes(tmp_path: Path) -> None:
    with Forge(tmp_path, [Token("olga", "very-secret")]) as forge:
        assert b"very-secret" not in Path(f"/proc/{forge.pid}/cmdline").read_bytes()
        assert b"very-secret" not in Path(f"/proc/{forge.pid}/environ").read_bytes()


def test_the_forge_dies_with_its_parent(tmp_path: Path) -> None:
    """The parent is killed outright; the forge's end closes the pipe that it inherited from nobody else."""
    program = (
        "import sys, os\nfrom pathlib import Path\nfrom sluicegate.embedded.forge import Forge\n"
        f"forge = Forge(Path({str(tmp_path)!r})).start()\nprint(forge.pid, flush=True)\nsys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": SOURCE},
    )
    assert parent.stdout is not None
    watched = os.pidfd_open(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()
    try:
        assert select.select([watched], [], [], 20)[0], "the forge outlived its parent"
    finally:
        os.close(watched)


def test_by_hand(tmp_path: Path) -> None:
    words = [
        sys.executable,
        "-m",
        "sluicegate.embedded.forge",
        "--root",
        str(tmp_path),
        "--token",
        "olga:s:admin",
    ]
    with subprocess.Popen(words, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": SOURCE}) as process:
        assert process.stdout is not None
        assert b'"url": "http://127.0.0.1:' in process.stdout.readline()
        process.terminate()
        process.wait(20)
    wrong = subprocess.run(
        [*words[:-1], "olga:s:god"],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": SOURCE},
    )
    assert wrong.returncode == 1 and b"one of read, write, admin" in wrong.stdout
