"""The tests of the gate can fail: each fault below, written into a copy of its source, fails at least one.

A fault that no test notices would be a promise that nobody checks: alpha could once be multiplied by eight.
A mutant whose text is no longer in the source fails as well, and so does the copy without a fault where its
tests fail: then the harness is broken, and the mutants were not killed by their faults.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.pytest_forks import PytestForks

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
CORE = "tests/gate/core"
NOTICED_BY = {
    "interval": ("judge", "ceilings"),
    "stretches": ("interval", "judge", "judge_outage", "score_shifts"),
    "betting": ("judge", "judge_outage"),
    "machine": ("machine", "harm", "suspension", "ceilings", "deadline", "waiting"),
}
"""Module -> whose tests notice its faults soonest, where that is not its own."""
CALIBRATION = "tests/gate/simulate/test_promise.py"


@dataclass(frozen=True)
class Mutant:
    """A fault: in one module of the core, each text is replaced; it must be there exactly once."""

    name: str
    module: str
    replaced: tuple[tuple[str, str], ...]

    @property
    def files(self) -> list[str]:
        """The files of tests of which one has to notice it."""
        return [f"{CORE}/test_{name}.py" for name in NOTICED_BY.get(self.module, (self.module,))]


def mutant(name, module, *texts):
    return Mutant(name, module, tuple(zip(texts[::2], texts[1::2], strict=True)))


SPLIT = "return policy.alpha / sum(1 + (gate.at_most is not None) for gate in policy.gates)"
HARM_ALPHA_TWICE = mutant(
    "alpha of harm doubled", "judge", SPLIT, SPLIT.replace("policy.alpha", "2 * policy.alpha")
)
HARM_NOT_SPLIT = mutant("alpha of harm not split over the gates", "judge", SPLIT, "return policy.alpha")
PROMOTION_ALPHA_TWICE = mutant(
    "alpha of non-inferiority doubled",
    "judge",
    "is_non_inferior(stretches, gate, policy.alpha, evidence",
    "is_non_inferior(stretches, gate, min(1.0, 2 * policy.alpha), evidence",
)
FIRST_RULE = "= (\n    roll_back,\n"
MUTANTS = (
    HARM_ALPHA_TWICE,
    HARM_NOT_SPLIT,
    PROMOTION_ALPHA_TWICE,
    mutant("ceilings without their part of alpha", "judge", SPLIT, "return policy.alpha / len(policy.gates)"),
    mutant(
        "alpha of harm not split over edges and signs",
        "interval",
        "return alpha / (gate.kinds * (",
        "return alpha / (1 * (",
    ),
    mutant(
        "margin of non-inferiority doubled",
        "interval",
        "else gate.margin / (",
        "else 2 * gate.margin / (",
    ),
    mutant(
        "harm above 0 instead of the tolerance",
        "interval",
        "    tolerance = min(gate.harmful_above, 1.0)\n    above = restarts.log_e_below",
        "    tolerance = 0.0\n    above = restarts.log_e_below",
    ),
    mutant(
        "harm above the margin instead of half of it",
        "interval",
        "    tolerance = min(gate.harmful_above, 1.0)\n    above = restarts.log_e_below",
        "    tolerance = min(gate.margin, 1.0)\n    above = restarts.log_e_below",
    ),
    mutant("e-value summed instead of averaged", "betting", " / np.sqrt(STAKES).sum())", ")"),
    mutant("centres summed instead of averaged", "betting", " - np.log(centres)", ""),
    mutant("each cut of a step's windows has all their share", "restarts", "GRIDS = 16", "GRIDS = 1"),
    mutant(
        "a later step has all the share of later ones", "restarts", "STEPS / (step * (step + 1))", "STEPS"
    ),
    mutant("no bet begins within a step", "restarts", "if stretches[-1].running:", "if False:"),
    mutant(
        "no bet on a ceiling begins within a step",
        "stretches",
        "_alone(tally, track, running) if number == last",
        "_alone(tally, track) if number == last",
    ),
    mutant(
        "no bet on a ceiling begins anew",
        "interval",
        "restarts.log_e_below(stretches, ceiling, HARM_CAP)",
        "log_e_below(stretches, ceiling, HARM_CAP)",
    ),
    mutant(
        "an outage of stable speaks for the canary",
        "betting",
        "if above and stretch.useless is not None:",
        "if False:",
    ),
    mutant("a window of harm counts a hundred times", "betting", "HARM_CAP = 4.0", "HARM_CAP = 400.0"),
    mutant("a window of proof counts a hundred times", "betting", "PROOF_CAP = 2.0", "PROOF_CAP = 200.0"),
    mutant(
        "a window is not cut",
        "betting",
        "np.where(stretch.capped, limits, np.inf)",
        "np.full(len(stretch.capped), np.inf)",
    ),
    mutant(
        "the sum of closed windows is cut",
        "betting",
        "np.where(stretch.capped, limits, np.inf)",
        "limits",
    ),
    mutant(
        "a closed step cuts nothing any more",
        "tallying",
        "tuple(compress(tally.windows, cut))",
        "tuple(compress(tally.windows, [False] * len(cut)))",
        "if not large]",
        "]",
    ),
    mutant(
        "closed by the cap of harm alone",
        "tallying",
        "(stretch, most, PROOF_CAP, above=True",
        "(stretch, most, np.inf, above=True",
    ),
    mutant(
        "windows merged before there are 200",
        "tallying",
        "while len(rows) > most:",
        "while len(rows) > 2:",
    ),
    mutant(
        "scores not centred",
        "stretches",
        "SCORE_CENTRES if gate.two_sided else",
        "RATE_CENTRES if gate.two_sided else",
    ),
    mutant(
        "centres swapped",
        "stretches",
        "[(1 - k) * canary, -k * canary, -(1 - k) * stable, k * stable]",
        "[k * canary, -(1 - k) * canary, -k * stable, (1 - k) * stable]",
    ),
    mutant(
        "tracks swapped in the statistic",
        "stretches",
        "(row.canary, row.requests - row.canary, *row.bad_canary, *row.bad_stable)",
        "(row.requests - row.canary, row.canary, *row.bad_stable, *row.bad_canary)",
    ),
    mutant("the least that a gate saw ignored", "counting", "or canary < least:", "or canary > least:"),
    mutant("windows of a warm-up counted", "counting", "or not window.warming", "or True"),
    mutant(
        "an old figure counts as one of now",
        "counting",
        "not in windows[-1].tallies",
        "not in windows[0].tallies",
    ),
    mutant(
        "first gate dropped", "counting", "in policy.gates if gate.from", "in policy.gates[1:] if gate.from"
    ),
    mutant(
        "last gate dropped", "counting", "in policy.gates if gate.from", "in policy.gates[:-1] if gate.from"
    ),
    mutant(
        "a gate without any figures is no gate",
        "assessment",
        "        for gate in gates\n    )",
        "        for gate in gates\n        if running.step.tallies\n    )",
    ),
    mutant(
        "one non-inferior gate is enough",
        "obstacles",
        "if not undecided:",
        "if len(undecided) < len(case.assessment.judgements):",
    ),
    mutant("min_requests ignored", "obstacles", "running.canary < policy.min_requests", "running.canary < 0"),
    mutant("min_seconds ignored", "obstacles", "if elapsed >= least:", "if elapsed >= 0:"),
    mutant("missing data promotes", "judge", "        evidence.missing is None\n", "        True\n"),
    mutant(
        "harm waits for everything else",
        "machine",
        FIRST_RULE,
        "= (\n",
        "    finish,\n)",
        "    roll_back,\n    finish,\n)",
    ),
    mutant(
        "a hold keeps a rollback back",
        "machine",
        FIRST_RULE,
        "= (\n",
        "    stay_held,\n",
        "    stay_held,\n    roll_back,\n",
    ),
    mutant(
        "a hold keeps a suspension back",
        "machine",
        "    suspend_when_blind,\n",
        "",
        "    stay_held,\n",
        "    stay_held,\n    suspend_when_blind,\n",
    ),
    mutant(
        "a wrong split is suspended before harm is judged",
        "machine",
        FIRST_RULE,
        "= (\n    suspend_when_split_is_wrong,\n    roll_back,\n",
    ),
    mutant(
        "a suspension rejects the version",
        "change",
        "replace(dark, hold=hold)",
        "replace(dark, hold=hold, rejected=dark.rejected[:-1])",
    ),
    mutant(
        "a suspension keeps its counts",
        "change",
        "replace(dark, hold=hold)",
        "replace(dark, hold=hold, counts=release.counts)",
    ),
    mutant(
        "blindness suspends a first version",
        "machine",
        "release.weight == 0 or release.stable is None",
        "release.weight == 0",
    ),
    mutant("a wrong split is for ever", "machine", "wrong.windows < case.policy.split_windows", "True"),
    mutant("blindness is for ever", "machine", "since is None or case.now - since <= blind_for", "True"),
    mutant(
        "a deadline promotes",
        "machine",
        'return case.decide("hold", reason, replace(release, hold=Hold(case.now, reason)))',
        "return advance(case)",
    ),
    mutant("a wrong split is judged", "assessment", "if blocked is None and wrong is not None:", "if False:"),
    mutant(
        "harm is judged against the committed split alone",
        "assessment",
        "None if limits.wrong is None else limits.wrong.observed",
        "None",
    ),
    mutant("a ceiling is no harm", "judge", "return self.breached or bool(", "return bool("),
    mutant(
        "a ceiling need not be kept",
        "judge",
        "return interval.is_below(canary, gate.at_most, policy.alpha)",
        "return True",
    ),
    mutant(
        "a sick stable excuses no ceiling",
        "judge",
        "and not _stable_is_above(gate, gate.at_most, policy, evidence)\n",
        "",
    ),
    mutant("a sick stable excuses failures", "judge", "excused = gate.two_sided and", "excused ="),
    mutant(
        "a sick stable keeps its fix back",
        "judge",
        "excused = gate.two_sided and evidence.sick_stable is not None",
        "excused = False",
    ),
    mutant(
        "an approval is for every step", "obstacles", "release.approved == release.weight", "release.approved"
    ),
    mutant("a step is skipped", "change", "if step > release.weight)", "if step > release.weight + 5)"),
)


@pytest.fixture(scope="module")
def forks():
    process = PytestForks()
    yield process
    process.close()


def copy(to, change=None):
    """A package `sluicegate` in which the core is a copy, with the fault, and all else the real files."""
    core = ROOT / "gate" / "core"
    _link(ROOT / "sluicegate", to / "sluicegate", without="gate")
    _link(ROOT / "gate", to / "sluicegate" / "gate", without="core")
    changed = None if change is None else f"{change.module}.py"
    _link(core, to / "sluicegate" / "gate" / "core", without=changed)
    if change is not None:
        text = (core / changed).read_text(encoding="utf-8")
        for before, after in change.replaced:
            assert text.count(before) == 1, f"{changed} has {text.count(before)} times: {before!r}"
            text = text.replace(before, after)
        file = to / "sluicegate" / "gate" / "core" / changed
        file.write_text(text, encoding="utf-8")
        os.utime(file, (0, 0))  # of another age, so that it is compiled: the rest is so already
    return to


def _link(folder, to, without):
    """A folder with a link to each entry of another, but one."""
    to.mkdir()
    for entry in folder.iterdir():
        if entry.name != without:
            (to / entry.name).symlink_to(entry.resolve())


def pytest_of(forks, at, *tests):
    """Without plug-ins and conftest.py, which these tests do not use: starting takes most of the time."""
    return forks.run(at, "-c", os.devnull, "--noconftest", "--import-mode=importlib", "-xq", *tests)


def test_the_copy_without_a_fault_passes_and_is_what_is_tested(forks, tmp_path):
    at = copy(tmp_path)
    where = tmp_path / "test_where.py"
    where.write_text(
        "import sluicegate.gate.core.judge as judge\n"
        f"def test_where():\n    assert judge.__file__.startswith({str(at)!r})\n"
    )
    done = pytest_of(forks, at, str(where), *sorted({test for fault in MUTANTS for test in fault.files}))
    assert done.code == 0, done.output


@pytest.mark.parametrize("fault", MUTANTS, ids=lambda fault: fault.name)
def test_each_fault_fails_a_test_of_the_core(fault, forks, tmp_path):
    done = pytest_of(forks, copy(tmp_path, fault), *fault.files)
    assert done.code == 1, f"no test notices: {fault.name}\n{done.output}"


@pytest.mark.parametrize(
    ("fault", "test"),
    [
        (HARM_ALPHA_TWICE, "test_a_false_rollback_is_no_more_frequent_than_alpha"),
        (HARM_NOT_SPLIT, "test_a_false_rollback_by_any_of_several_gates_is_no_more_frequent_than_alpha"),
        (PROMOTION_ALPHA_TWICE, "test_a_promotion_at_the_margin_is_no_more_frequent_than_alpha"),
    ],
    ids=lambda value: value.name if isinstance(value, Mutant) else "",
)
def test_an_alpha_that_is_too_large_fails_the_calibration(fault, test, forks, tmp_path):
    done = pytest_of(forks, copy(tmp_path, fault), f"{CALIBRATION}::{test}")
    assert done.code == 1, f"the calibration does not notice: {fault.name}\n{done.output}"
