"""What tests have another process do: it imports this module by its name."""

from __future__ import annotations

import ctypes
import os
import subprocess
from pathlib import Path

from sluicegate.specs.yamlio import InputError

SECRET = "a-token-of-the-bot"
GET_DUMPABLE = 3


def looked_at():
    """What the process that judges has, which a child in `--sandbox limits` can read."""
    own = Path("/proc/self/environ").read_bytes()
    started = subprocess.run(["env"], capture_output=True, text=True, check=True).stdout
    dumpable = ctypes.CDLL(None).prctl(GET_DUMPABLE, 0, 0, 0, 0)
    return os.getpid(), SECRET in started or SECRET.encode() in own, dict(os.environ), dumpable


def refuses():
    raise InputError.of("no model is called 'x'", "correct it")


def dies():
    os._exit(9)
