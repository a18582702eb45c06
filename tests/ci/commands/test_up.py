"""`sluice up`, `down` and `logs` as a person runs them: nothing is replaced, and each ends what it began."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from support.extras import needs_deepchecks
from support.specs import environment_yaml

from sluicegate.embedded.up.place import Place

LIMIT = 240
"""Seconds; a version is judged meanwhile."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def command(*words: object) -> subprocess.CompletedProcess[str]:
    """`sluice ...` in a process of its own."""
    environment = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull}
    return subprocess.run(
        [sys.executable, "-P", "-m", "sluicegate", *map(str, words)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT, env=environment, check=False,
    )  # fmt: skip


@pytest.fixture
def repository(work):
    """One embedded environment with the default rules, and nobody's key yet."""
    work.git("rm", "-r", "--quiet", "environments")
    url = f"http://127.0.0.1:{free_port()}"
    prod = environment_yaml("prod", url=url, smoke=True, require="[verdict]")
    prod += b"  rollout: {window: 1s, min_seconds: 1}\n"
    work.write("environments/prod/environment.yaml", prod)
    for name, value in (("user.name", "Olga"), ("user.email", "olga@example.org")):
        work.git("config", name, value)
    work.commit("One environment")
    yield work
    running = Place(work.root).running()
    if running is not None:
        os.kill(running.pid, signal.SIGKILL)


def asked(url: str, body: bytes | None = None) -> str:
    with urllib.request.urlopen(url, body, timeout=60) as response:
        return response.read().decode()


def ended(pids: set[int]) -> bool:
    """Whether none of these processes is left, but for those that only wait to be noticed."""

    def alive(pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except FileNotFoundError:
            return False

    deadline = time.monotonic() + 60
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not any(map(alive, pids))


def tree(pid: int) -> set[int]:
    """A process and all that it started."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    below = [int(child) for file in children for child in file.read_text().split()]
    return {pid}.union(*map(tree, below))


@needs_deepchecks
def test_a_repository_without_a_remote_is_judged_released_and_asked(repository, tmp_path) -> None:
    (repository.root / "notes").write_text("unfinished\n")
    begun = command("up", repository.root, "--detach", "--load", 50, "--interval", 0.5)
    assert begun.returncode == 0, begun.stdout + begun.stderr
    assert "the gate commits to this repository" in begun.stdout
    assert "tiny version 1: judged pass" in begun.stdout

    curl = next(line.strip() for line in begun.stdout.splitlines() if line.strip().startswith("curl "))
    _, _, url, _, body = shlex.split(curl)
    (output,) = json.loads(asked(url, body.encode()))["outputs"]
    assert output["name"] == "probability" and 0 < output["data"][0] < 1

    running = Place(repository.root).running()
    assert running is not None
    assert '<a href="/rollouts/prod/tiny">tiny</a>' in asked(running.page)
    assert "first version goes straight to 100" in asked(f"{running.page}/rollouts/prod/tiny")
    assert repository.git("status", "--short") == "?? notes"
    assert "environments/prod/tiny/release.yaml" in repository.git("ls-tree", "-r", "--name-only", "main")

    again = command("up", repository.root)
    assert again.returncode == 1
    assert f"runs here already: pid {running.pid}" in again.stderr
    assert "judged pass" in command("logs", "-C", repository.root).stdout
    assert "tiny version 1" in command("logs", "tiny-", "-C", repository.root).stdout

    everything = tree(running.pid)
    assert len(everything) >= 5  # itself, a supervisor, a router, a server, the load
    assert command("down", repository.root).stdout == f"ended (pid {running.pid})\n"
    assert ended(everything)
    assert command("down", repository.root).returncode == 1


def test_all_of_it_ends_with_a_process_that_is_killed(repository) -> None:
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "sluicegate", "up", str(repository.root)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        if "judging what was merged" in line:
            break
    everything = tree(process.pid)
    process.kill()
    process.wait()
    process.stdout.close()
    assert len(everything) >= 3
    assert ended(everything)


def test_a_main_elsewhere_is_committed_to_only_where_a_person_says_so(repository, sluice) -> None:
    repository.git("remote", "add", "origin", "https://example.org/models.git")
    result = sluice("up", repository.root)
    assert result.exit_code == 1
    assert (
        "the origin is https://example.org/models.git, and the gate would commit to its main" in result.stderr
    )


def test_what_keeps_it_from_starting_is_said_by_detach_too(repository) -> None:
    port = repository.root / "environments/prod/environment.yaml"
    taken = int(port.read_text().rpartition("http://127.0.0.1:")[2].partition('"')[0])
    with socket.create_server(("127.0.0.1", taken)):
        result = command("up", repository.root, "--detach")
    assert result.returncode == 1
    assert f"port {taken} of 127.0.0.1 is taken; end what listens there" in result.stderr
    assert "metrics.url of environments/prod/environment.yaml" in result.stderr


def test_nothing_runs(work, sluice) -> None:
    assert "nothing of `sluice up` runs" in sluice("down", work.root).stderr
    assert "start it with `sluice up`" in sluice("logs", "-C", work.root).stderr


def test_a_repository_without_a_model_is_up_at_once(repository) -> None:
    repository.git("rm", "-r", "--quiet", "models")
    repository.commit("No model yet")
    begun = command("up", repository.root, "--detach")
    assert begun.returncode == 0, begun.stdout + begun.stderr
    assert command("down", repository.root).returncode == 0


def test_a_version_that_is_refused_is_named_and_what_goes_on_can_be_ended(repository) -> None:
    model = next((repository.root / "models").glob("*/model.yaml"))
    repository.write(
        str(model.relative_to(repository.root)),
        re.sub("sha256:[0-9a-f]{8}", "sha256:00000000", model.read_text()),
    )
    repository.commit("Other bytes than are pinned")
    begun = command("up", repository.root, "--detach")
    assert begun.returncode == 1, begun.stdout + begun.stderr
    assert "judged fail" in begun.stdout and "remedy: " in begun.stdout
    assert begun.stderr.endswith("all goes on: see `sluice logs`, or end it by `sluice down`\n")
    assert command("down", repository.root).returncode == 0
