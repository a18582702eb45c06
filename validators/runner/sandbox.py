"""The child process in which anything that loads a model or data runs, with limits.

The parent sends a request by pickle on the child's stdin; that way is trusted. What comes back is not: once
the child has loaded a model it may say anything, so each answer is one line of JSON that is checked
(`answers.py`), the parent sets the model's name itself and takes only answers of the check that it waits
for. A child that was taken over can still lie about the checks of its own model that it was given, and
about nothing else.

Limits: rlimits, a wall clock, a session of its own, an empty environment, a scratch directory. The child is
contained by the kernel as well (`containment.py`): it reads libraries and the files that are judged, and has
no network. A person may do without on a machine that cannot; LIMITS_NOTE then stands in the report's first
line. A check that runs code of the submission has a child of its own, and is contained in any case.
"""

from __future__ import annotations

import contextlib
import inspect
import logging
import os
import pickle
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sluicegate.validators.runner.answers import (
    MAX_LINE,
    AnswerError,
    read_answer,
    safe_text,
)
from sluicegate.validators.runner.finding import Finding, error, fail, inconclusive
from sluicegate.validators.runner.inputs import Inputs, Unavailable, made_by_the_parent, provided
from sluicegate.validators.runner.limits import Limits
from sluicegate.validators.runner.registry import Check
from sluicegate.validators.runner.template import Forked, Template, TemplateError

log = logging.getLogger(__name__)

LIMITS_NOTE = "sandbox: limits only"
SANDBOX_VARIABLE = "SLUICE_SANDBOX"
"""`limits` leaves out the containment by the kernel, on a machine that has neither Landlock nor seccomp."""
MAX_FINDINGS = 1_000
"""Answers of one check; a child that gives more is ended."""
MAKING = "making"
"""The file in the child's scratch directory that names the input being made."""
MACHINE = "[W:onnxruntime"
"""What onnxruntime warns of while it is loaded, such as a missing GPU: no child dies of that."""
DOING = "doing"
"""The file in the child's scratch directory that names what the check is at, for the case that it dies."""
MAIN = "from sluicegate.validators.runner.child import main; main()"
"""What the template runs."""


def contained_here() -> bool:
    """Whether children are contained by the kernel: always, unless a person decided otherwise."""
    return os.environ.get(SANDBOX_VARIABLE) != "limits"


@dataclass(frozen=True)
class Request:
    """What a child runs: checks, in order, with their inputs."""

    checks: tuple[Check, ...]
    given: Mapping[str, Any]
    failed: Mapping[str, Unavailable]
    limits: Limits
    readable: tuple[Path, ...] | None
    """What a contained child may read beside its libraries; None where it is not contained."""

    @property
    def opening(self) -> Opening:
        """What the child does before it reads the request."""
        modules = {check.function.__module__: inspect.getfile(check.function) for check in self.checks}
        return Opening(modules, self.limits, self.readable)


@dataclass(frozen=True)
class Opening:
    """How a child limits itself, and which modules it imports then, before anything foreign is loaded."""

    modules: Mapping[str, str]
    """The file of each check's module, by its name."""
    limits: Limits
    readable: tuple[Path, ...] | None


def run_isolated(
    selected: Sequence[Check],
    inputs: Inputs,
    limits: Limits,
    starts: Callable[[Check], None],
    template: Template,
    *,
    contained: bool = True,
) -> Iterator[tuple[Check, list[Finding]]]:
    """The findings of each check, in order.

    A check in which the child dies has an `error` for its last finding; a fresh child goes on, and an input
    that was being made then is not made again. One that runs out of time has a `fail`, and is the last of the
    model that is run: the others would wait as long. One that runs code of the submission comes last, in a
    contained child of its own; the others are contained unless `contained` is False.
    """
    if not selected:  # then nothing is made for a child either: copies of files, above all
        return
    failed: Mapping[str, Unavailable]
    given, failed = inputs.sent(made_by_the_parent())
    end = time.monotonic() + limits.total_s
    workdir = inputs.get_or_none("workdir")
    request = Request((), given, failed, limits, readable=() if workdir is None else (workdir,))
    ours = request if contained else replace(request, readable=None)
    ended_by: Check | None = None
    shared = [check for check in selected if not check.runs_code]
    for group in filter(None, (shared, *([check] for check in selected if check.runs_code))):
        if ended_by is not None:
            yield from _not_begun(group, starts, ended_by)
            continue
        own = replace(request if group[0].runs_code else ours, failed=failed)
        ended_by, failed = yield from _run(group, own, end, starts, template)


def _run(
    rest: list[Check], request: Request, end: float, starts: Callable[[Check], None], template: Template
) -> Generator[tuple[Check, list[Finding]], None, tuple[Check | None, Mapping[str, Unavailable]]]:
    """The findings of checks that share a child, until `end` by time.monotonic.

    Returns the check that ran out of time, if one did, and the inputs that cannot be made.
    """
    while rest:
        if time.monotonic() >= end:
            check = rest.pop(0)
            starts(check)
            message = f"not judged: the model used up its {request.limits.total_s:g} s"
            yield check, [_broken(check, message)]
            continue
        failed = dict(request.failed)
        with child_of(replace(request, checks=tuple(rest)), template) as child:
            broken = False
            while rest and not broken:
                check = rest.pop(0)
                starts(check)
                findings, problem = child.answers(check.id, end)
                if problem is not None and child.out_of_time:
                    findings.append(_out_of_time(check, problem + child.doing()))
                    yield check, findings
                    yield from _not_begun(rest, starts, check)
                    return check, failed
                if problem is not None:
                    broken = True
                    log.info("the child broke in %s: %s", check.id, problem)
                    findings.append(_broken(check, problem + child.doing()))
                    name = child.making()
                    if name is not None:
                        failed[name] = Unavailable(f"`{name}` was not made: {problem} (see {check.id})")
                yield check, findings
        request = replace(request, failed=failed)
    return None, request.failed


def _broken(check: Check, problem: str) -> Finding:
    remedy = "Fix what the check loads; if the model is sound, raise the limit."
    return replace(error(problem, remedy=remedy), check=check.id)


def _out_of_time(check: Check, problem: str) -> Finding:
    remedy = "Make the model or its data smaller; if it has to be as large, raise the limit."
    return replace(fail(problem, remedy=remedy), check=check.id)


def _not_begun(
    rest: Sequence[Check], starts: Callable[[Check], None], ended_by: Check
) -> Iterator[tuple[Check, list[Finding]]]:
    """What is not judged of a model that ran out of time: the next check would wait as long."""
    for check in rest:
        starts(check)
        message = f"not judged: the model ran out of time in {ended_by.id} (see {ended_by.id})"
        finding = inconclusive(message, remedy=f"Correct what {ended_by.id} reports.")
        yield check, [replace(finding, check=check.id)]


@dataclass
class Child:
    """A contained process at work on a request."""

    process: Forked
    pipe: int
    stderr: Path
    limits: Limits
    buffer: bytes = b""
    out_of_time: bool = False
    """Whether it broke at a limit of time."""

    def answers(self, check: str, end: float) -> tuple[list[Finding], str | None]:
        """The findings of this check, and in words how the child broke in it, if it did.

        `end` is when the model's time is used up, by time.monotonic.
        """
        findings: list[Finding] = []
        deadline = min(time.monotonic() + self.limits.wall_s, end)
        try:
            while True:
                line = self._line(deadline)
                if line is None:
                    return findings, self._death()
                finding = read_answer(line, check)
                if finding is None:
                    return findings, None
                findings.append(finding)
                if len(findings) > MAX_FINDINGS:
                    return findings[:MAX_FINDINGS], f"its process gave more than {MAX_FINDINGS} findings"
        except TimeoutError:
            self.out_of_time = True
            if deadline == end:
                return findings, f"over the wall limit of {self.limits.total_s:g} s for the whole model"
            return findings, f"over the wall limit of {self.limits.wall_s:g} s"
        except AnswerError as problem:
            return findings, f"its process returned an invalid finding: {problem}"

    def making(self) -> str | None:
        """The input that the child says it is making: a child that lies costs its own model an error."""
        text = self.written(MAKING, 200)
        name = "" if text is None else text.decode("ascii", "replace")
        return name if name in provided() else None

    def doing(self) -> str:
        """What the check says that it is at, as the end of a sentence; a child that lies names it wrongly."""
        text = self.written(DOING, 200)
        return f", in {safe_text(text.decode('utf-8', 'replace'))}" if text else ""

    def written(self, name: str, most: int) -> bytes | None:
        """The first `most` bytes of a file of the child's scratch directory; None where there is none."""
        try:
            file = os.open(self.stderr.parent / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(file, "rb") as stream:
                return stream.read(most)
        except OSError:
            return None

    def _line(self, deadline: float) -> bytes | None:
        """The next line; None at the end. Raises TimeoutError, and AnswerError for a line without an end."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.pipe, selectors.EVENT_READ)
            while b"\n" not in self.buffer:
                if len(self.buffer) > MAX_LINE:
                    raise AnswerError(f"a line of more than {MAX_LINE} bytes")
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise TimeoutError
                part = os.read(self.pipe, 1 << 16)
                if not part:
                    return None
                self.buffer += part
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line

    def _death(self) -> str:
        try:
            code = self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return "its process closed its answers and went on"
        if code == -signal.SIGXCPU:
            self.out_of_time = True
            return f"over the CPU limit of {self.limits.cpu_s} s"
        if code == -signal.SIGXFSZ:
            return f"over the limit of {self.limits.file} bytes a file"
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        text = self.stderr.read_bytes()[-4_000:].decode("utf-8", "replace").strip()
        last = [line[-400:] for line in text.splitlines() if MACHINE not in line][-1:]
        return f"its process ended {how}" + (f", saying {last[0]!r}" if last else "")


@contextlib.contextmanager
def child_of(request: Request, template: Template) -> Iterator[Child]:
    """A child at work on the request; it and all that it started are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="sluice-child-") as scratch:
        stderr = Path(scratch) / "stderr"
        read, write = os.pipe()
        stdin, request_end = os.pipe()
        try:
            with stderr.open("wb") as log_file:
                process = template.fork(scratch, (stdin, write, log_file.fileno()))
        except TemplateError:
            os.close(read)
            os.close(request_end)
            raise
        finally:
            os.close(stdin)
            os.close(write)
        try:
            with contextlib.suppress(BrokenPipeError), os.fdopen(request_end, "wb") as stream:
                pickle.dump(request.opening, stream)
                pickle.dump(request, stream)
            yield Child(process, read, stderr, request.limits)
        finally:
            process.end()
            os.close(read)
