"""The hog finds the serving processes of one demonstration, and no others, and stops what is theirs."""

import subprocess
import sys

import pytest

from hog.stalls import SERVER, Stalls, servers_below

SLEEP = "import sys, time; sys.stdout.write('up\\n'); sys.stdout.flush(); time.sleep(60)"
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, '-S', '-c', {sleep!r}, '.'.join({server!r})])
child.wait()
"""


@pytest.fixture
def family():
    """A process with one serving process below it."""
    # In parts, so that only the child has the name in its command line.
    code = PARENT.format(sleep=SLEEP, server=SERVER.decode().split("."))
    parent = subprocess.Popen([sys.executable, "-S", "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "up\n"
    yield parent
    for number in servers_below(parent.pid):
        subprocess.run(["kill", "-KILL", str(number)], check=True)
    parent.wait()
    parent.stdout.close()


def test_only_servers_below_the_process_are_found(family):
    found = servers_below(family.pid)
    assert len(found) == 1
    assert family.pid not in found
    assert servers_below(found[0]) == found


def test_a_server_is_stopped_and_goes_on(family):
    with Stalls(family.pid, every=0.001, seed=1) as stalls:
        while stalls.count == 0:
            assert family.poll() is None
    assert len(servers_below(family.pid)) == 1
