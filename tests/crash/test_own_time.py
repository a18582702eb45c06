"""What a process takes by itself: its work and its sleep count, and the machine's being busy does not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from crash import own_time

WORK = "import time\nwhile time.process_time() < 1: pass"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {WORK!r}])"


def started(code: str) -> int:
    """The process id of an interpreter that runs this code."""
    return subprocess.Popen([sys.executable, "-c", code]).pid


def test_sleep_counts_although_it_takes_no_cpu():
    took = own_time.wait(started("import time; time.sleep(2)"))
    assert took.code == 0
    assert 0 < took.asleep <= took.seconds


def test_work_is_no_sleep_and_counts_by_its_cpu():
    took = own_time.wait(started(WORK))
    assert took.cpu_seconds >= 1
    assert took.asleep <= took.seconds - 0.5


def test_nobody_sleeps_while_what_it_started_works():
    took = own_time.wait(started(PARENT))
    assert took.cpu_seconds >= 1
    assert took.asleep <= took.seconds - 0.5


def test_nobody_sleeps_while_another_works_for_it():
    with subprocess.Popen([sys.executable, "-c", WORK], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        waits = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=other.stdout)
        took = own_time.wait(waits.pid, [other.pid])
    assert took.asleep <= took.seconds - 0.5


def test_a_process_that_is_killed_has_the_signals_number():
    child = started("import time; time.sleep(60)")
    os.kill(child, signal.SIGKILL)
    assert own_time.wait(child).code == -signal.SIGKILL
