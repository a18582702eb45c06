"""The tests of the gate can fail: each fault below, written into a copy of its source, fails at least one.

A fault that no test notices would be a promise that nobody checks: alpha could once be multiplied by eight.
A mutant whose text is no longer in the source fails as well, and so does the copy without a fault where its
tests fail: then the harness is broken, and the mutants were not killed by their faults.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CORE = "tests/gate/core"
TESTS = tuple(
    f"{CORE}/test_{name}.py" for name in ("judge", "obstacles", "counting", "assessment", "change", "machine")
)
CALIBRATION = "tests/gate/calibrate/test_simulation.py"


@dataclass(frozen=True)
class Mutant:
    """A fault: in one module of the core, each text is replaced; it must be there exactly once."""

    name: str
    module: str
    replaced: tuple[tuple[str, str], ...]


def mutant(name, module, *texts):
    return Mutant(name, module, tuple(zip(texts[::2], texts[1::2], strict=True)))


SPLIT = "return policy.alpha / len(policy.gates)"
HARM_ALPHA_TWICE = mutant(
    "alpha of harm doubled", "judge", SPLIT, "return min(1.0, 2 * policy.alpha) / len(policy.gates)"
)
HARM_NOT_SPLIT = mutant("alpha of harm not split over the gates", "judge", SPLIT, "return policy.alpha")
PROMOTION_ALPHA_TWICE = mutant(
    "alpha of non-inferiority doubled",
    "judge",
    "is_non_inferior(tally, policy.alpha, gate.margin",
    "is_non_inferior(tally, min(1.0, 2 * policy.alpha), gate.margin",
)
MUTANTS = (
    HARM_ALPHA_TWICE,
    HARM_NOT_SPLIT,
    PROMOTION_ALPHA_TWICE,
    mutant("margin of non-inferiority doubled", "interval", "bound = margin / (", "bound = 2 * margin / ("),
    mutant("margin of harm doubled", "interval", "min(margin, 1.0)", "min(2 * margin, 1.0)"),
    mutant("e-value summed instead of averaged", "interval", " - np.log(len(STAKES))", ""),
    mutant(
        "tracks swapped in the statistic",
        "interval",
        "table([tally.bad_canary for",
        "table([tally.bad_stable for",
        "table([tally.bad_stable for _, tally in compared]),\n    )",
        "table([tally.bad_canary for _, tally in compared]),\n    )",
    ),
    mutant(
        "tracks swapped in the counts",
        "counting",
        "CounterDelta(canary + stable, bad_canary, bad_stable)",
        "CounterDelta(canary + stable, bad_stable, bad_canary)",
    ),
    mutant("first gate dropped", "assessment", "for gate in policy.gates)", "for gate in policy.gates[1:])"),
    mutant("last gate dropped", "assessment", "for gate in policy.gates)", "for gate in policy.gates[:-1])"),
    mutant(
        "one non-inferior gate is enough",
        "obstacles",
        "if not undecided:",
        "if len(undecided) < len(case.assessment.judgements):",
    ),
    mutant("min_requests ignored", "obstacles", "running.canary < policy.min_requests", "running.canary < 0"),
    mutant("min_seconds ignored", "obstacles", "if elapsed < policy.min_seconds", "if elapsed < 0"),
    mutant("missing data promotes", "judge", "non_inferior=missing is None", "non_inferior=True"),
    mutant(
        "harm waits for everything else",
        "machine",
        "    roll_back,\n    hold_when_overdue,\n",
        "    hold_when_overdue,\n",
        "    wait_for_evidence,\n    finish,\n",
        "    wait_for_evidence,\n    roll_back,\n    finish,\n",
    ),
    mutant(
        "a hold keeps a rollback back",
        "machine",
        "    roll_back,\n    hold_when_overdue,\n",
        "    hold_when_overdue,\n",
        "    stay_held,\n    stay_frozen,\n    wait",
        "    stay_held,\n    roll_back,\n    stay_frozen,\n    wait",
    ),
    mutant(
        "a deadline promotes",
        "machine",
        'return case.decide("hold", reason, replace(release, hold=Hold(case.now, reason)))',
        "return advance(case)",
    ),
    mutant("a wrong split is judged", "assessment", "if wrong is not None:", "if False:"),
    mutant("counters that went back are added up", "counting", "any(now < then for", "any(False and now for"),
    mutant("a step is skipped", "change", "if step > release.weight)", "if step > release.weight + 5)"),
)


def copy(to, change=None):
    """A package `sluicegate` in which gate/ is a copy, with the fault, and all else the real folders."""
    package = to / "sluicegate"
    package.mkdir()
    for entry in (ROOT / "sluicegate").iterdir():
        if entry.is_symlink() and entry.name != "gate":
            (package / entry.name).symlink_to(entry.resolve())
        elif entry.suffix == ".py":
            shutil.copy(entry, package)
    shutil.copytree(ROOT / "gate", package / "gate", ignore=shutil.ignore_patterns("__pycache__"))
    if change is not None:
        file = package / "gate" / "core" / f"{change.module}.py"
        text = file.read_text(encoding="utf-8")
        for before, after in change.replaced:
            assert text.count(before) == 1, f"{change.module}.py has {text.count(before)} times: {before!r}"
            text = text.replace(before, after)
        file.write_text(text, encoding="utf-8")
    return to


def run(at, *arguments):
    """Run Python with the package of `at` in front of the installed one."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        "PYTHONPATH": f"{at}{os.pathsep}{ROOT / 'tests'}",  # the copy, and tests/support
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(at / "hypothesis"),
    }
    return subprocess.run(
        [sys.executable, "-P", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def pytest_of(at, *tests):
    """Without plug-ins and conftest.py, which these tests do not use: starting takes most of the time."""
    return run(at, "-m", "pytest", "-c", os.devnull, "--noconftest", "--import-mode=importlib", "-xq", *tests)


def test_the_copy_without_a_fault_passes_and_is_what_is_tested(tmp_path):
    at = copy(tmp_path)
    where = run(at, "-c", "import sluicegate.gate.core.judge as judge; print(judge.__file__)").stdout
    assert Path(where.strip()).is_relative_to(tmp_path)
    done = pytest_of(at, *TESTS)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("fault", MUTANTS, ids=lambda fault: fault.name)
def test_each_fault_fails_a_test_of_the_core(fault, tmp_path):
    done = pytest_of(copy(tmp_path, fault), *TESTS)
    assert done.returncode == 1, f"no test notices: {fault.name}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize(
    ("fault", "test"),
    [
        (HARM_ALPHA_TWICE, "test_a_false_rollback_is_no_more_frequent_than_alpha"),
        (HARM_NOT_SPLIT, "test_a_false_rollback_by_any_of_several_gates_is_no_more_frequent_than_alpha"),
        (PROMOTION_ALPHA_TWICE, "test_a_promotion_at_the_margin_is_no_more_frequent_than_alpha"),
    ],
    ids=lambda value: value.name if isinstance(value, Mutant) else "",
)
def test_an_alpha_that_is_too_large_fails_the_calibration(fault, test, tmp_path):
    done = pytest_of(copy(tmp_path, fault), f"{CALIBRATION}::{test}")
    assert done.returncode == 1, f"the calibration does not notice: {fault.name}\n{done.stdout}{done.stderr}"
