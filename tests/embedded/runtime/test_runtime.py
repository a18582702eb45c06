"""Starting and ending: named errors, and nothing left behind."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sluicegate.embedded.listening import PortTaken
from sluicegate.embedded.runtime.errors import NotServed
from sluicegate.embedded.runtime.runtime import Runtime
from sluicegate.gate.adapters.git.command import NotARepository


def test_a_taken_port_is_a_named_error_with_a_remedy(world, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PortTaken, match="give another port"):
            Runtime(world.bare, "production", tmp_path / "root", port=taken.getsockname()[1])


@pytest.mark.parametrize("source", ["nothing.git", "file:///nothing.git"])
def test_an_absent_repository_is_a_named_error(tmp_path, source):
    repository = source if "://" in source else tmp_path / source
    with pytest.raises(NotARepository, match=r"give a git directory|check address"):
        Runtime(repository, "production", tmp_path / "root")


def test_waiting_for_what_does_not_come_is_a_named_error(running):
    runtime = running()
    with pytest.raises(NotServed, match="not"):
        runtime.wait_for("m", {"stable": (1, 100)}, seconds=0.1)


def family(pid: int) -> list[int]:
    """The pids of a process and of all that descend from it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in family(int(child)))]


def gone(pid: int) -> bool:
    """Whether a process has ended, or is a zombie whose new parent has not reaped it yet."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return status.rpartition(")")[2].split()[0] in "ZX"


def test_stop_ends_every_process(world, running, until):
    world.release(world.version(1))
    runtime = running()
    runtime.wait_for("m", {"stable": (1, 100)})
    pids = family(runtime.pid)
    assert len(pids) >= 3
    runtime.stop()
    until(lambda: all(map(gone, pids)))


STARTER = """
import sys
from pathlib import Path
from sluicegate.embedded.runtime.runtime import Runtime
runtime = Runtime(sys.argv[1], "production", Path(sys.argv[2]))
runtime.wait_for("m", {"stable": (1, 100)})
print(runtime.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("victim", ["caller", "supervisor"])
def test_nothing_outlives_a_killed_parent(world, tmp_path, victim, until):
    world.release(world.version(1))
    caller = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(world.bare), str(tmp_path / "root")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    supervisor = int(caller.stdout.readline())
    pids = family(supervisor)
    os.kill(caller.pid if victim == "caller" else supervisor, signal.SIGKILL)
    until(lambda: all(map(gone, pids)))
    assert pids and all(map(gone, pids))
    caller.communicate(b"", timeout=10)
