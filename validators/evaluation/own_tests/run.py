"""Run an owner's tests with pytest in this process, which is contained, and tell how each one ended."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from pathlib import Path

import pytest

from sluicegate.specs.layout import OWN_TESTS
from sluicegate.validators.evaluation.own_tests.fixtures import ModelFixtures
from sluicegate.validators.evaluation.own_tests.recorder import Recorder, TestOutcome

ENDED = {
    pytest.ExitCode.INTERRUPTED: "the run was interrupted",
    pytest.ExitCode.INTERNAL_ERROR: "pytest broke",
    pytest.ExitCode.USAGE_ERROR: "pytest could not start: conftest.py fails, or uses what does not exist",
}
"""Endings, by pytest's exit code, that are not results of the tests."""


@dataclass(frozen=True)
class OwnTestRun:
    """How each test ended, and what is wrong with the run as a whole."""

    outcomes: tuple[TestOutcome, ...]
    problems: tuple[str, ...]
    seconds: float


def run_own_tests(
    directory: Path, test_files: Sequence[str], fixtures: ModelFixtures, note: Callable[[str], None]
) -> OwnTestRun:
    """Run the tests of a model's directory. `test_files` are paths below it: each must hold a test.

    `note` is told each file and test before it runs. Raises what only ends a process: nothing else.
    """
    recorder = Recorder(directory, note)
    began = time.monotonic()
    errors = io.StringIO()
    with _unchanged_afterwards(directory), redirect_stderr(errors):
        code = pytest.main(_arguments(directory), plugins=[fixtures, recorder])
    seconds = time.monotonic() - began
    problems = list(_problems(recorder, test_files))
    if code in ENDED:
        cause = recorder.internal_error or _last_line(errors.getvalue())
        problems.insert(0, f"{ENDED[pytest.ExitCode(code)]}: {cause or f'exit code {int(code)}'}")
    return OwnTestRun((*recorder.broken, *recorder.outcomes.values()), tuple(problems), seconds)


def _last_line(text: str) -> str:
    """The last line that says something: of a traceback the exception."""
    lines = [line.removeprefix("E ").strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _problems(recorder: Recorder, test_files: Sequence[str]) -> Iterator[str]:
    """Tests without an outcome, and files without a test."""
    missing = recorder.without_outcome()
    if missing:
        shown = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
        yield f"{len(missing):,} of {len(recorder.collected):,} tests were found and not run: {shown}"
    names = [*recorder.collected, *(outcome.name for outcome in recorder.broken)]
    with_tests = {name.split("::")[0] for name in names}
    for file in test_files:
        if file not in with_tests:
            yield f"{file} holds no test"


def _arguments(directory: Path) -> list[str]:
    """No configuration, plug-in or cache but ours: what runs is what the directory holds."""
    tests = str(directory / OWN_TESTS)
    return [
        tests,
        f"--rootdir={directory}",
        f"--confcutdir={tests}",
        "-c",
        os.devnull,
        "--disable-plugin-autoload",
        "--override-ini=python_files=test_*.py",
        f"--basetemp={Path.cwd() / 'pytest'}",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:faulthandler",
        "--tb=short",
        "--color=no",
        "-q",
    ]


@contextmanager
def _unchanged_afterwards(directory: Path) -> Iterator[None]:
    """Leave no module of the tests, nor a path to them, behind; and no bytecode beside them."""
    path, bytecode, modules = list(sys.path), sys.dont_write_bytecode, set(sys.modules)
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.path[:] = path
        sys.dont_write_bytecode = bytecode
        for name in set(sys.modules) - modules:
            file = getattr(sys.modules[name], "__file__", None)
            if isinstance(file, str) and Path(file).is_relative_to(directory):
                del sys.modules[name]
