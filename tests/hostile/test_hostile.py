"""Every hostile artifact is refused by the check that is for it, with its cause named, and at little cost."""

import pytest

from hostile.case import every_case
from sluicegate.validators.onnx.scan import refusals_of

CASES = list(every_case())
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.threat}: {case.name}") for case in CASES])
def test_it_is_refused_with_its_cause(case, tmp_path):
    found = [(one.check, one.message) for one in refusals_of(case.write(tmp_path))]
    assert any(check == case.check and case.says in message for check, message in found), found


def test_no_two_cases_have_one_name():
    names = [(case.threat, case.name) for case in CASES]
    assert len(set(names)) == len(names)
    assert len(names) >= 250
