from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from github import Auth, Github

from sluicegate.embedded.forge import Forge, ForgeFailed, PortTaken, Token
from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.clone import Clone
from sluicegate.gate.adapters.git.write import Signature

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


def test_the_environment_of_a_hook_does_not_lead_to_another_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The forge is started from within a git hook: API, push over HTTP and merge use its own repositories."""
    other = BareRepository.create(tmp_path / "other.git")
    monkeypatch.setenv("GIT_DIR", str(other.path))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'receive.denyCurrentBranch=refuse' 'http.receivepack=false'")
    token = Token("olga", "s", "admin")
    with Forge(tmp_path / "forge", [token]) as forge:
        github = Github(base_url=forge.api, auth=Auth.Token("s"), seconds_between_writes=0, retry=None)
        repository = github.get_user().create_repo("models", auto_init=True)
        clone = Clone.create(
            tmp_path / "work", Signature("Olga", "olga@example.org"), forge.git_url("olga", "models", token)
        )
        clone.branch_off("topic")
        (clone.directory / "a.txt").write_text("1")
        pushed = clone.commit_all("Add a")
        clone.push("topic")
        assert repository.get_branch("topic").commit.sha == pushed
        pull = repository.create_pull(base="main", head="topic", title="Add a")
        assert [file.filename for file in pull.get_files()] == ["a.txt"]
        merged = pull.merge().sha
    assert BareRepository(tmp_path / "forge/olga/models.git").resolve("main") == merged
    assert other.refs() == {} and not (tmp_path / "index").exists()
