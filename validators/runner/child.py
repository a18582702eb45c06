"""The child process itself: limits first, then the checks in order, an answer at a time."""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sluicegate.specs.plugins import plugin_directories
from sluicegate.validators.runner.answers import done, write_answer
from sluicegate.validators.runner.check_modules import load_check_module
from sluicegate.validators.runner.containment import ContainmentError, contain, libraries
from sluicegate.validators.runner.finding import Finding, error
from sluicegate.validators.runner.inputs import Inputs, Unavailable
from sluicegate.validators.runner.judge import judge
from sluicegate.validators.runner.limits import confine
from sluicegate.validators.runner.sandbox import MAKING, Opening, Request
from sluicegate.validators.runner.template import serve

UNCONTAINED = (
    "Run it on Linux 6.2 or later with Landlock and seccomp, as GitHub's runners have. "
    "For models that you trust: --sandbox limits."
)


def main() -> None:
    """The template: each of its children judges."""
    libraries()
    serve(_judge_all)


def _judge_all(answers: int, parent: int) -> None:
    """Run the request that comes on stdin; `answers` is the descriptor to write to."""
    with os.fdopen(0, "rb", closefd=False) as stdin:
        opening: Opening = pickle.load(stdin)  # noqa: S301 - from the parent, never from a model
        confine(opening.limits, parent)
        problem = _contained(opening)  # before any library can have started a thread
        for name, source in opening.modules.items():
            load_check_module(name, Path(source))
        request: Request = pickle.load(stdin)  # noqa: S301
    inputs = _Noting(request.given, request.failed)
    with os.fdopen(answers, "wb", buffering=0) as stream:
        for number, check in enumerate(request.checks, 1):
            for finding in judge(check, inputs) if problem is None else [replace(problem, check=check.id)]:
                stream.write(write_answer(finding))
            stream.write(done(check.id))
            if number < len(request.checks):
                inputs.keep_for(name for later in request.checks[number:] for name in later.inputs)


def _contained(opening: Opening) -> Finding | None:
    """Contain this process, if it has to be; why it cannot be, and so runs nothing."""
    if opening.readable is None:
        return None
    try:
        files = map(Path, opening.modules.values())
        contain([*opening.readable, *files, *plugin_directories()], Path.cwd())
    except ContainmentError as problem:
        return error(f"not judged: the process cannot be contained: {problem}", remedy=UNCONTAINED)
    return None


class _Noting(Inputs):
    """Inputs that leave word of the one being made, for the parent to find if the child dies of it."""

    def __init__(self, given: Mapping[str, Any], failed: Mapping[str, Unavailable]) -> None:
        super().__init__(given, failed)
        self._note = Path.cwd() / MAKING
        self._stack = [""]

    def _make(self, name: str) -> Any:
        self._stack.append(name)
        self._note.write_text(name)
        try:
            return super()._make(name)
        finally:
            self._stack.pop()
            self._note.write_text(self._stack[-1])
