"""Every example under tests/examples, collected by itself: bad ones are stopped in the words they expect."""

from datetime import date
from functools import cache
from pathlib import Path

import pytest
from examples import make
from ruamel.yaml import YAML
from support.extras import needs_deepchecks

from sluicegate.ci.commands._targets import gate_values
from sluicegate.gate.metrics.base import gates
from sluicegate.specs.model_file import load_model
from sluicegate.specs.tree import WorkTree
from sluicegate.specs.yamlio import parse
from sluicegate.validators.runner.finding import Verdict
from sluicegate.validators.runner.inputs import Inputs
from sluicegate.validators.runner.judge import judge
from sluicegate.validators.runner.registry import checks
from sluicegate.validators.runner.run import validate
from sluicegate.validators.submission.candidate import Candidate, StableVersion
from sluicegate.validators.submission.changes import changes
from sluicegate.validators.submission.submission import Submission

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
BAD = sorted(path.parent for path in (EXAMPLES / "bad").rglob("expect.yaml"))
GOOD = sorted(path.parent for path in (EXAMPLES / "good").rglob("expect.yaml"))
TODAY = date(2026, 1, 1)
ASKED = ("SLUICE_AUDIT", "1")
"""So that known-vulnerabilities runs; no package is pinned in any example, so nobody is asked."""
BY_DEEPCHECKS = ("data-drift", "deepchecks-conditions")


def parameters(case):
    check = case.relative_to(EXAMPLES / "bad").parts[0]
    name = case.relative_to(EXAMPLES / "bad").as_posix()
    return pytest.param(case, id=name, marks=needs_deepchecks if check in BY_DEEPCHECKS else ())


@cache
def sections():
    return {check.section: check.parameters for check in checks().values() if check.section}


def load(tree, path):
    document = parse(tree.read(f"{path}/model.yaml"), f"{path}/model.yaml")
    return document, load_model(document, gates=gates(), sections=sections())


def subjects(case):
    """What the checks are run on: the model tiny, if there is one, the environments, the repository."""
    head = WorkTree(case)
    sides = {side: WorkTree(case / side) for side in ("production", "base") if (case / side).is_dir()}
    expect = YAML(typ="safe").load(case / "expect.yaml")
    stable = (StableVersion("production", sides["production"]),) if "production" in sides else ()
    candidate = Candidate("tiny", head, load, **sides, stable=lambda: stable)
    candidates = (candidate,) if head.entries("models/tiny") else ()
    changed = changes(expect.get("changed", ()))
    return Submission(head, sides.get("base"), changed, candidates, load, gate_values).subjects(), expect


def inputs(subject, workdir):
    return Inputs({**subject.given, "workdir": workdir, "today": TODAY})


@pytest.mark.parametrize("case", [parameters(case) for case in BAD])
def test_a_bad_example_is_stopped(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the scratch directory of what runs in the child
    monkeypatch.setenv(*ASKED)
    check = checks()[case.relative_to(EXAMPLES / "bad").parts[0]]
    every, expect = subjects(case)
    findings = [
        finding
        for number, subject in enumerate(every)
        if subject.scope == check.scope
        for finding in judge(
            check, Inputs({**subject.given, "workdir": tmp_path / str(number), "today": TODAY})
        )
    ]
    assert expect["verdict"] == Verdict.of([finding.verdict for finding in findings])
    stopped = [finding for finding in findings if finding.verdict == expect["verdict"]]
    assert any(expect["says"] in finding.message for finding in stopped), [f.message for f in findings]
    assert all(finding.remedy and finding.check == check.id for finding in stopped)


@pytest.mark.parametrize("id", [id for id, check in checks().items() if not check.informative])
def test_every_check_that_can_stop_a_model_has_a_bad_example(id):
    assert any(case.relative_to(EXAMPLES / "bad").parts[0] == id for case in BAD)


@needs_deepchecks
@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_a_good_example_passes_every_check(case, monkeypatch):
    monkeypatch.setenv(*ASKED)
    every, _ = subjects(case)
    report = validate(every, checks(), today=TODAY)
    bad = [(finding.check, finding.message) for finding in report.findings if finding.verdict != Verdict.PASS]
    assert not bad
    assert {finding.check for finding in report.findings} == set(checks())
    assert report.versions == {"tiny": (1, 2)}
    assert not any("sandbox" in note for note in report.notes)


def test_the_examples_are_what_their_script_writes(tmp_path):
    make.examples(tmp_path)
    names = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file())
    here = [path for side in ("good", "bad") for path in (EXAMPLES / side).rglob("*") if path.is_file()]
    committed = sorted(path.relative_to(EXAMPLES) for path in here)
    assert names == committed
    assert [name for name in names if (tmp_path / name).read_bytes() != (EXAMPLES / name).read_bytes()] == []
