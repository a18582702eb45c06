"""Judging in a process that holds no secret, while the one that posts waits.

What loads a model is contained by the kernel, and reaches no process of ours. Where a person leaves that out
(`--sandbox limits`), or the kernel has a hole, there is still no token in the process that starts it, neither
in its environment nor in its memory: that is a new Python, not a fork. The process that keeps the secrets
overwrites what the kernel shows of its environment, and lets no process of the same user read its memory.
"""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from sluicegate.ci import logs
from sluicegate.specs.redaction import secret_variables
from sluicegate.validators.runner.limits import PDEATHSIG

_DUMPABLE = 4
"""prctl(2): at 0 neither ptrace(2) nor /proc/PID lets another process of the same user in."""
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def run_without_secrets(
    function: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs
) -> Result:
    """What the function returns or raises: here where the environment has no secret, else in a new process.

    Function, arguments, result and exceptions are pickled where it is a new process. That ends with this one.
    """
    hide_memory()
    if not secret_variables():
        return function(*arguments, **named)
    level = logging.getLogger(logs.OURS).level
    opening = (os.getpid(), level, logs.format_in_use())
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, initializer=_begin, initargs=opening) as pool:
        with _secrets_put_away():
            running = pool.submit(function, *arguments, **named)
        return running.result()


def hide_memory() -> None:
    """Let no process of the same user read this one's memory; root still can. Only on Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DUMPABLE, 0, 0, 0, 0)


@contextmanager
def _secrets_put_away() -> Iterator[None]:
    """Inside, a process that is started inherits no secret; what this one began with is overwritten."""
    held = secret_variables()
    for name in held:
        _overwrite(name)
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(held)


def _overwrite(name: str) -> None:
    """Zero the value where it lies: /proc/PID/environ shows the memory that the process began with."""
    library = ctypes.CDLL(None)
    library.getenv.restype = ctypes.c_void_p
    place = library.getenv(os.fsencode(name))
    if place is not None:
        ctypes.memset(place, 0, len(os.fsencode(os.environ[name])))


def _begin(parent: int, level: int, log_format: logs.LogFormat) -> None:
    """In the new process: it ends with its parent, logs as that does, and is as closed."""
    ctypes.CDLL(None).prctl(PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    logs.configure(log_format)
    logging.getLogger(logs.OURS).setLevel(level)
    hide_memory()
