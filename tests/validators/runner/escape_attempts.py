"""What code of a hostile submission tries in its contained child; the child runs it from this file."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from sluicegate.validators.runner.finding import fail, passed

PARENT = os.getppid()


def connect_by_tcp() -> None:
    socket.create_connection(("127.0.0.1", 9), timeout=5)


def send_by_udp() -> None:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def use_a_unix_socket() -> None:
    socket.socketpair()


def read_the_parents_environment() -> None:
    Path(f"/proc/{PARENT}/environ").read_bytes()


def read_the_parents_memory() -> None:
    Path(f"/proc/{PARENT}/maps").read_bytes()


def trace_the_parent() -> None:
    _call(101, 16, PARENT, 0, 0)


def read_memory_by_call() -> None:
    _call(310, PARENT, 0, 0, 0, 0, 0)


def signal_the_parent() -> None:
    os.kill(PARENT, 0)


def signal_its_group() -> None:
    os.killpg(0, 0)


def limit_the_parent() -> None:
    resource.prlimit(PARENT, resource.RLIMIT_NOFILE)


def start_a_shell() -> None:
    subprocess.run(["/bin/sh", "-c", "true"], check=True)


def become_a_shell() -> None:
    os.execv("/bin/sh", ["/bin/sh", "-c", "true"])


def fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def leave_its_session() -> None:
    os.setsid()


def read_the_repositorys_git() -> None:
    list((Path(__file__).parents[3] / ".git").parent.iterdir())


def read_the_repositorys_readme() -> None:
    (Path(__file__).parents[3] / "README.md").read_bytes()


def read_the_home() -> None:
    list(Path("/root").iterdir() if os.getuid() == 0 else Path("/home").iterdir())


def read_passwords() -> None:
    Path("/etc/passwd").read_bytes()


def write_the_judge() -> None:
    with Path(sys.modules["sluicegate.validators.runner.judge"].__file__).open("a"):
        pass


def write_what_is_installed() -> None:
    with Path(importlib.util.find_spec("pydantic").origin).open("a"):
        pass


def write_temporary_files_of_others() -> None:
    Path("/tmp/sluice-escape").write_text("here")


def change_the_mode_of_a_file() -> None:
    Path(__file__).chmod(0o777)


def take_over_a_key() -> None:
    _call(250, 0, -3, 0, 0, 0)


def call_by_the_other_abi() -> None:
    _call(0x40000000 + 41, 2, 1, 0)


def _call(*numbers: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.syscall(*map(ctypes.c_long, numbers)) < 0:
        raise OSError(ctypes.get_errno(), "refused")


ATTEMPTS: tuple[Callable[[], None], ...] = (
    connect_by_tcp,
    send_by_udp,
    use_a_unix_socket,
    read_the_parents_environment,
    read_the_parents_memory,
    trace_the_parent,
    read_memory_by_call,
    signal_the_parent,
    signal_its_group,
    limit_the_parent,
    start_a_shell,
    become_a_shell,
    fork,
    leave_its_session,
    read_the_repositorys_git,
    read_the_repositorys_readme,
    read_the_home,
    read_passwords,
    write_the_judge,
    write_what_is_installed,
    write_temporary_files_of_others,
    change_the_mode_of_a_file,
    take_over_a_key,
    call_by_the_other_abi,
)


def attempts():
    """Each attempt in turn: a pass is one that the kernel refused."""
    for attempt in ATTEMPTS:
        try:
            attempt()
        except PermissionError as problem:
            yield passed(f"{attempt.__name__}: {type(problem).__name__}")
        except Exception as problem:
            yield fail(f"{attempt.__name__}: {problem!r}")
        else:
            yield fail(f"{attempt.__name__}: it worked")


def honest_work():
    """What tests of a model need goes on."""
    import numpy as np
    import onnxruntime
    import pandas as pd
    import sklearn.metrics

    Path("note").write_text("in the scratch directory")
    shutil.copyfile("note", "copy")
    Path("copy").unlink()
    thread = threading.Thread(target=list)
    thread.start()
    thread.join()
    with contextlib.suppress(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
    assert onnxruntime.get_available_providers()
    assert sklearn.metrics.roc_auc_score([0, 1], [0.1, 0.9]) == 1
    yield passed(f"{pd.Series(np.arange(3)).sum()}")


def tells_where_it_is():
    """Dies, and has said at what."""
    Path("doing").write_text("test_x.py\x1b[2J")
    os._exit(0)
    yield passed("never")
