"""The checks of data where the extra `data` is not installed: an error that names it, never a pass."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from sluicegate.ci.registry import load

from sluicegate.specs.tree import WorkTree
from sluicegate.validators.runner.candidate import Candidate
from sluicegate.validators.runner.finding import Verdict
from sluicegate.validators.runner.inputs import Inputs
from sluicegate.validators.runner.judge import judge
from sluicegate.validators.runner.registry import checks

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("check", ["data-integrity", "data-drift"])
def test_it_is_an_error_that_names_the_extra(check: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "deepchecks"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "deepchecks", None)
    candidate = Candidate("digits", "models/digits", WorkTree(ROOT), load)
    inputs = Inputs({"subject": candidate, "workdir": tmp_path})
    (finding,) = judge(checks()[check], inputs)
    assert finding.verdict == Verdict.ERROR
    assert "not judged: deepchecks cannot be imported" in finding.message
    assert finding.remedy is not None and "pip install 'sluicegate[data]'" in finding.remedy
