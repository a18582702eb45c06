"""The process that children are forked from: what checks import is imported in it, once a run.

It never sees a model: it imports, waits for a child's pipes, and forks. A child shares its memory by copy on
write, closes the way to it before anything of a model is read, and so reaches neither it nor another child.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from sluicegate.validators.runner.limits import PDEATHSIG

START_S = 120.0
"""Seconds in which the template has imported everything."""
_LARGEST = 1 << 16
_KEPT = ("PATH", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")
_NOTHING = "null"


class TemplateError(Exception):
    """The template is gone, or does not answer."""


@dataclass(frozen=True)
class Forked:
    """A child of the template. Its id is its own until `wait` was answered."""

    pid: int
    template: Template

    def wait(self, timeout: float) -> int:
        """Its exit code, or less the signal that ended it. Raises TimeoutExpired, and TemplateError."""
        code = json.loads(self.template.ask({"wait": self.pid, "timeout": timeout}, timeout))
        if code is None:
            raise subprocess.TimeoutExpired(["child"], timeout)
        return int(code)

    def end(self) -> None:
        """It and all of its session are gone afterwards."""
        for kill in (os.killpg, os.kill):  # one that was only just forked has no session yet
            with contextlib.suppress(ProcessLookupError):
                kill(self.pid, signal.SIGKILL)
        with contextlib.suppress(TemplateError, subprocess.TimeoutExpired):
            self.wait(START_S)


class Template:
    """Starts on first use. `code` is what its Python runs, which calls `serve`.

    `loads` is what `load` imports: until then children are forked from a process with hardly anything in it.
    """

    def __init__(self, code: str, loads: Sequence[str] = ()) -> None:
        self._code = code
        self._loads = tuple(loads)
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._scratch = tempfile.TemporaryDirectory(prefix="sluice-template-")

    def fork(self, scratch: str, pipes: Sequence[int]) -> Forked:
        """A child in that directory; its stdin, where it answers, and its stderr are the pipes.

        Where the process is gone, a new one is begun. Raises TemplateError.
        """
        try:
            return self._fork(scratch, pipes)
        except TemplateError:
            self._end()
            return self._fork(scratch, pipes)

    def _fork(self, scratch: str, pipes: Sequence[int]) -> Forked:
        if self._process is None:
            self._begin()
        return Forked(int(self.ask({"scratch": scratch}, START_S, pipes)), self)

    def load(self) -> None:
        """Import what takes long, once, for all children to come."""
        loads, self._loads = self._loads, ()
        self.prepare(loads)

    def prepare(self, modules: Sequence[str]) -> None:
        """Import these once for all children to come; again costs nothing.

        Where the imports end the template, they are left to the children.
        """
        if not modules:
            return
        if self._process is None:
            self._begin()
        try:
            self.ask({"load": tuple(modules)}, START_S)
        except TemplateError:
            self._end()

    def _begin(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            arguments = [str(theirs.fileno()), str(os.getpid())]
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", self._code, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                cwd=self._scratch.name,
                env=environment(self._scratch.name),
                start_new_session=True,
            )

    def ask(self, request: object, timeout: float, pipes: Sequence[int] = ()) -> str:
        """Its answer to a request. Raises TemplateError."""
        if self._socket is None:
            raise TemplateError("the process that starts children was ended")
        self._socket.settimeout(timeout + START_S)
        try:
            socket.send_fds(self._socket, [json.dumps(request).encode()], pipes)
            answer = self._socket.recv(_LARGEST)
        except OSError as problem:
            raise TemplateError(f"the process that starts children does not answer: {problem}") from problem
        if not answer:
            raise TemplateError("the process that starts children is gone")
        return answer.decode()

    def _end(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._socket is not None:
            self._socket.close()
        self._process = self._socket = None

    def close(self) -> None:
        """It is gone afterwards, and its directory."""
        self._end()
        self._scratch.cleanup()


@contextlib.contextmanager
def template_of(code: str, loads: Sequence[str] = ()) -> Iterator[Template]:
    """A template for the time of a run."""
    template = Template(code, loads)
    try:
        yield template
    finally:
        template.close()


def environment(scratch: str) -> dict[str, str]:
    """No token, no configuration; one thread a library, so that a limit means the same on every machine."""
    variables = {name: os.environ[name] for name in _KEPT if name in os.environ}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {
        **variables,
        **threads,
        "LANG": "C.UTF-8",
        **_directories(scratch),
        "MPLBACKEND": "Agg",
        "MALLOC_ARENA_MAX": "2",
        "DISABLE_DEEPCHECKS_ANONYMOUS_TELEMETRY": "true",
    }


def _directories(scratch: str) -> dict[str, str]:
    return dict.fromkeys(("HOME", "TMPDIR", "MPLCONFIGDIR"), scratch)


def serve(run: Callable[[int, int], None]) -> None:
    """The template's whole life: fork, or import, at each request. A child calls `run(answers, parent)`."""
    descriptor, parent = int(sys.argv[1]), int(sys.argv[2])
    ctypes.CDLL(None).prctl(PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the parent is gone")
    with socket.socket(fileno=descriptor) as requests:
        while True:
            message, pipes, _, _ = socket.recv_fds(requests, _LARGEST, 3)
            if not message:
                return
            requests.send(_answer(requests, json.loads(message), pipes, run).encode())


def _answer(
    requests: socket.socket, request: dict[str, object], pipes: list[int], run: Callable[[int, int], None]
) -> str:
    if isinstance(loads := request.get("load"), list):
        for name in loads:
            with contextlib.suppress(ImportError):  # the check that needs it says so
                importlib.import_module(str(name))
        gc.freeze()  # else the first collection in each child copies every page that the fork shares
        return _NOTHING
    if "wait" in request:
        return _ended(int(str(request["wait"])), float(str(request["timeout"])))
    pid = os.fork()
    if pid == 0:
        requests.close()
        _become(str(request["scratch"]), pipes, run)
    for pipe in pipes:
        os.close(pipe)
    return str(pid)


def _ended(pid: int, timeout: float) -> str:
    """The child's exit code; null where it does not end in time."""
    handle = os.pidfd_open(pid)
    try:
        if not select.select([handle], [], [], timeout)[0]:
            return _NOTHING
        return str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    finally:
        os.close(handle)


def _become(scratch: str, pipes: list[int], run: Callable[[int, int], None]) -> NoReturn:
    """In the child: its own session, pipes and directory, then `run`, then the end."""
    code = 1
    try:
        template = os.getppid()
        os.setsid()
        stdin, answers, stderr = pipes
        os.dup2(stdin, 0)
        os.dup2(stderr, 2)
        os.close(stdin)
        os.close(stderr)
        os.chdir(scratch)
        os.environ.update(_directories(scratch))
        tempfile.tempdir = None
        run(answers, template)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # as the interpreter itself ends
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stderr.flush()
        os._exit(code)
