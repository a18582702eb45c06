"""Whether the owner's own tests pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sluicegate.specs.layout import OWN_TESTS, is_own_test, is_own_test_code
from sluicegate.specs.model import ModelSpec
from sluicegate.validators.runner.finding import Finding, fail, inconclusive, passed, skipped
from sluicegate.validators.runner.registry import check
from sluicegate.validators.runner.sandbox import DOING
from sluicegate.validators.submission.files import ModelFiles

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from sluicegate.validators.evaluation.own_tests.recorder import TestOutcome
    from sluicegate.validators.evaluation.own_tests.run import OwnTestRun
    from sluicegate.validators.evaluation.rows import Rows

MAX_SHOWN = 50
"""Failed tests with a finding of their own, and skipped ones."""
NO_TEST = f"Call files of tests {OWN_TESTS}/test_*.py, and their functions test_...; or remove the file."
ALL_RUN = "Let every test run: no option, conftest.py or exit may take one out. Mark one that must not run."


def without_tests(files: ModelFiles) -> Finding | None:
    """What is found where there is no file of tests; None where there is one."""
    if any(is_own_test(name) for name in files.entries):
        return None
    code = sorted(name for name in files.entries if is_own_test_code(name))
    if code:
        return fail(f"{code[0]} is there, and no file of tests", files.position(code[0]), remedy=NO_TEST)
    return skipped(f"the model has no {OWN_TESTS}/test_*.py")


@check(
    "own-tests",
    family="quality",
    runs_code=True,
    settles=without_tests,
    remedy="Look at the test that is named: correct the model, or the test if that was wrong.",
)
def own_tests(
    files: ModelFiles,
    spec: ModelSpec,
    session: InferenceSession,
    evaluation: Rows,
    production_session: tuple[InferenceSession, ModelSpec] | None,
) -> Iterator[Finding]:
    """The owner's tests, `tests/test_*.py` in the model's directory, pass against the loaded model.

    pytest runs them in a process of their own, without network, repository, environment or other processes,
    under limits of time and memory: they are code of the pull request, and can lie about nothing but
    themselves. No test, a test that was taken out, a crash and an early exit are never a pass, nor is a run
    in which every test is skipped. Their files belong to no artifact: a changed test needs no new version.
    """
    nothing = without_tests(files)
    if nothing is not None:
        yield nothing
        return
    from sluicegate.validators.evaluation.own_tests.fixtures import ModelFixtures
    from sluicegate.validators.evaluation.own_tests.run import run_own_tests

    fixtures = ModelFixtures(session, spec, evaluation, production_session)
    test_files = sorted(name for name in files.entries if is_own_test(name))
    doing = Path.cwd() / DOING
    run = run_own_tests(files.directory, test_files, fixtures, lambda words: _note(doing, words))
    yield from _findings(files, run)


def _note(file: Path, words: str) -> None:
    """Leave word for the parent; from another directory of a test as well."""
    file.write_text(words, encoding="utf-8", errors="replace")


def _findings(files: ModelFiles, run: OwnTestRun) -> Iterator[Finding]:
    failed = [one for one in run.outcomes if one.result == "failed"]
    left_out = [one for one in run.outcomes if one.result == "skipped"]
    count = len(run.outcomes) - len(failed) - len(left_out)
    for problem in run.problems:
        yield fail(problem, files.position(OWN_TESTS), remedy=ALL_RUN if "not run" in problem else NO_TEST)
    for one in failed[:MAX_SHOWN]:
        yield fail(f"{one.name}: {one.message}", files.position(one.path, one.line))
    if len(failed) > MAX_SHOWN:
        yield fail(f"{len(failed) - MAX_SHOWN:,} more tests fail")
    yield from _left_out(files, left_out, nothing_else=not count and not failed)
    total = f"of {len(run.outcomes):,} tests in {run.seconds:.1f} s"
    if count:
        yield passed(f"{count:,} {total} pass", observed=count, threshold=len(run.outcomes))
    elif not failed and not run.problems and not left_out:
        yield fail(f"no test was run {total}", remedy=NO_TEST)


def _left_out(files: ModelFiles, outcomes: Sequence[TestOutcome], *, nothing_else: bool) -> Iterator[Finding]:
    """Each skipped test with its reason; where nothing else ran, for another reason than a first version."""
    from sluicegate.validators.evaluation.own_tests.fixtures import FIRST_VERSION

    for one in outcomes[:MAX_SHOWN]:
        yield skipped(f"{one.name}: {one.message}", files.position(one.path, one.line))
    if len(outcomes) > MAX_SHOWN:
        yield skipped(f"{len(outcomes) - MAX_SHOWN:,} more tests are skipped")
    if outcomes and nothing_else and any(one.message != FIRST_VERSION for one in outcomes):
        yield inconclusive(f"all {len(outcomes):,} tests are skipped: nothing was judged")
