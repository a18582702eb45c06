"""A record is one line, and not a long one."""

import subprocess
import sys
from pathlib import Path

CODE = """
import logging
from sluicegate.embedded.runtime import log
log.configure()
logging.getLogger("x").info("first\\nsecond" + "x" * 100_000)
logging.getLogger("x").debug("not shown")
"""


def test_a_record_is_one_bounded_line():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stderr.startswith("runtime: first secondx")
    assert done.stderr.count("\n") == 1 and len(done.stderr) < 1_100


def test_a_full_disk_does_not_end_the_process():
    command = [sys.executable, "-c", CODE + "\nprint('goes on')"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=full, check=False)
    assert done.stdout == b"goes on\n"
