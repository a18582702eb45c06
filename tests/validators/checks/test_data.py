"""The checks of data; what they find is in tests/examples, here is what they say without deepchecks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sluicegate.ci.model_reader import load
from sluicegate.specs.tree import WorkTree
from sluicegate.validators.runner.finding import Verdict
from sluicegate.validators.runner.inputs import Inputs
from sluicegate.validators.runner.judge import judge
from sluicegate.validators.runner.registry import checks
from sluicegate.validators.submission.candidate import Candidate

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("check", ["data-integrity", "data-drift"])
def test_it_is_an_error_that_names_the_extra(check: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "deepchecks"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "deepchecks", None)
    subject = Candidate("digits", WorkTree(ROOT), load).subject()
    inputs = Inputs({**subject.given, "workdir": tmp_path})
    (finding,) = judge(checks()[check], inputs)
    assert finding.verdict == Verdict.ERROR
    assert "not judged: deepchecks cannot be imported" in finding.message
    assert finding.remedy is not None and "pip install 'sluicegate[data]'" in finding.remedy
