"""What pytest tells of a run: each test's outcome, and whatever kept a test from having one."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

Result = Literal["passed", "failed", "skipped"]
MAX_MESSAGE = 800
"""Characters of what one failure says."""


@dataclass(frozen=True)
class TestOutcome:
    """One test, or one file that could not be collected; `path` and `line` (from 1) are where it is."""

    __test__ = False

    name: str
    result: Result
    message: str
    path: str
    line: int | None


@dataclass(eq=False)
class Recorder:
    """A plug-in of pytest that keeps the outcomes; `directory` is the model's, `note` tells what runs."""

    directory: Path
    note: Callable[[str], None]
    outcomes: dict[str, TestOutcome] = field(default_factory=dict)
    """By test: the worst of its phases."""
    collected: list[str] = field(default_factory=list)
    """Every test that pytest found, before any was taken out."""
    broken: list[TestOutcome] = field(default_factory=list)
    """Files that could not be collected."""
    internal_error: str = ""
    """What broke pytest itself, or a hook of a conftest.py."""

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Keep what broke the run."""
        self.internal_error = _cut(excinfo.exconly())

    def pytest_collectstart(self, collector: pytest.Collector) -> None:
        """Note the file that is imported next."""
        self.note(collector.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep a file that breaks when it is imported, or that skips itself as a whole."""
        if report.failed:
            path, line = self._place(report, report.nodeid, None)
            self.broken.append(TestOutcome(report.nodeid, "failed", _message(report), path, line))
        elif report.skipped:
            skipped = TestOutcome(report.nodeid, "skipped", _reason(report), report.nodeid, None)
            self.collected.append(report.nodeid)
            self.outcomes[report.nodeid] = skipped

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None]:
        """Keep what was found before any other plug-in, such as a conftest.py, takes tests out."""
        self.collected += [item.nodeid for item in items]
        return (yield)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Note the test that runs next."""
        self.note(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the outcome of a phase: it passed once the call did, and neither end of it broke."""
        before = self.outcomes.get(report.nodeid)
        if before is not None and before.result == "failed":
            return
        path, line = self._place(report, report.location[0], report.location[1])
        if report.failed:
            message = _message(report) if report.when == "call" else f"{report.when}: {_message(report)}"
            self.outcomes[report.nodeid] = TestOutcome(report.nodeid, "failed", message, path, line)
        elif report.skipped:
            self.outcomes[report.nodeid] = TestOutcome(report.nodeid, "skipped", _reason(report), path, line)
        elif report.when == "call":
            self.outcomes[report.nodeid] = TestOutcome(report.nodeid, "passed", "", path, line)

    def without_outcome(self) -> list[str]:
        """Tests that were found and have no outcome: deselected, or cut off."""
        return [name for name in self.collected if name not in self.outcomes]

    def _place(self, report: Any, path: str, line: int | None) -> tuple[str, int | None]:
        """The innermost line of the owner's own files that the failure went through, else the test's."""
        for entry in reversed(_entries(report)):
            place = self._own(entry.reprfileloc.path) if entry.reprfileloc is not None else None
            if place is not None:
                return place, entry.reprfileloc.lineno
        return path, None if line is None else line + 1

    def _own(self, path: str) -> str | None:
        """A path of a traceback, below the model's directory; None for anything else.

        pytest writes it relative to the working directory of that moment.
        """
        try:
            return Path(path).resolve().relative_to(self.directory.resolve()).as_posix()
        except (OSError, ValueError):
            return None


def _entries(report: Any) -> Sequence[Any]:
    """The entries of a failure's traceback, outermost first; none where pytest made none."""
    traceback = getattr(report.longrepr, "reprtraceback", None)
    entries = getattr(traceback, "reprentries", ())
    return [entry for entry in entries if hasattr(entry, "reprfileloc")]


def _message(report: Any) -> str:
    """What a failure says, the exception with its explanation."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else report.longreprtext
    return _cut(text.strip() or "it failed and says nothing")


def _reason(report: Any) -> str:
    """Why a test was skipped; one that is expected to fail says so."""
    if getattr(report, "wasxfail", None) is not None:
        return _cut(f"fails as expected: {report.wasxfail}".removesuffix(": "))
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
    return _cut(text.removeprefix("Skipped: ").strip() or "skipped")


def _cut(text: str) -> str:
    return text if len(text) <= MAX_MESSAGE else f"{text[:MAX_MESSAGE]}..."
