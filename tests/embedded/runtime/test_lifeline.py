"""A process of the runtime ends with the pipe that is its standard input, and runs without one."""

import json
import os
import signal
import subprocess
import sys


def supervisor(world, tmp_path, standard_input) -> tuple[subprocess.Popen, dict]:
    """A supervisor with this standard input, and what it announced."""
    read_end, write_end = os.pipe()
    command = [
        sys.executable,
        "-P",
        "-m",
        "sluicegate.embedded.runtime.supervisor",
        "--environment",
        "production",
    ]
    command += [
        "--repository",
        str(world.bare),
        "--root",
        str(tmp_path / "root"),
        "--ready-fd",
        str(write_end),
    ]
    process = subprocess.Popen(
        command, stdin=standard_input, stderr=subprocess.PIPE, pass_fds=(write_end,), text=True
    )
    os.close(write_end)
    with os.fdopen(read_end) as announced:
        return process, json.loads(announced.readline())


def test_without_a_pipe_it_runs_until_a_signal_and_logs_no_traceback(world, tmp_path) -> None:
    process, announced = supervisor(world, tmp_path, subprocess.DEVNULL)
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=60)
    assert process.returncode == 0
    assert f"production is served on http://127.0.0.1:{announced['port']}" in log
    assert "Traceback" not in log


def test_the_end_of_the_pipe_ends_it(world, tmp_path) -> None:
    process, _ = supervisor(world, tmp_path, subprocess.PIPE)
    _, log = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in log
