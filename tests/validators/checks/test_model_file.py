"""What refuses a file as bytes comes first, and then nothing of it is loaded."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sluicegate.gate.metrics.base import gates
from sluicegate.specs.model_file import load_model
from sluicegate.specs.tree import WorkTree
from sluicegate.specs.yamlio import parse
from sluicegate.validators.checks.model_file import findings
from sluicegate.validators.runner.finding import Position, Verdict
from sluicegate.validators.runner.registry import checks
from sluicegate.validators.runner.run import validate
from sluicegate.validators.submission.candidate import Candidate
from sluicegate.validators.submission.fault import Fault

BAD = Path(__file__).parents[2] / "examples/bad"
AT = Position("models/m/model.onnx")


def load(tree, path):
    document = parse(tree.read(f"{path}/model.yaml"), f"{path}/model.yaml")
    sections = {check.section: check.parameters for check in checks().values() if check.section}
    return document, load_model(document, gates=gates(), sections=sections)


@pytest.mark.parametrize("case", ["onnx-bounds/constant-of-shape", "onnx-format/unknown-field"])
def test_nothing_is_loaded_of_a_model_that_a_static_check_refuses(case):
    check = case.partition("/")[0]
    run = {name: one for name, one in checks().items() if name in (check, "onnx-loads", "onnx-signature")}
    subject = Candidate("tiny", WorkTree(BAD / case), load).subject()
    report = validate([subject], run, today=date(2026, 1, 1))
    by_check = {finding.check: finding for finding in report.findings}
    assert by_check[check].verdict == Verdict.FAIL
    assert by_check["onnx-signature"].verdict == Verdict.PASS
    assert by_check["onnx-loads"].verdict == Verdict.INCONCLUSIVE
    assert f"nothing is loaded of a model that {check} refuses" in by_check["onnx-loads"].message


def test_what_is_only_reported_passes():
    (finding,) = findings([Fault("infinite", "3 numbers are infinite", refuses=False)], AT, "no NaN")
    assert (finding.verdict, finding.message) == (Verdict.PASS, "no NaN; 3 numbers are infinite")


def test_faults_of_one_kind_are_shown_five_times_and_counted():
    found = list(findings([Fault("nan", f"tensor {n}") for n in range(1_204)], AT, "good"))
    assert len(found) == 5
    assert found[-1].message == "tensor 4, and 1,199 more"


def test_two_runs_of_one_input_say_the_same_and_name_no_directory_of_their_own():
    def run():
        subject = Candidate("tiny", WorkTree(BAD / "onnx-loads/no-kernel"), load).subject()
        chosen = {name: one for name, one in checks().items() if name in ("onnx-loads", "quality")}
        return validate([subject], chosen, today=date(2026, 1, 1)).findings

    first = run()
    assert first == run()
    loads = next(finding for finding in first if finding.check == "onnx-loads")
    assert loads.verdict == Verdict.FAIL
    assert "sluice-" not in loads.message
    assert loads.path == "models/tiny/model.onnx"
