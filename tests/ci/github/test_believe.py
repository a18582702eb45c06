"""What a report is held against; `test_github_report.py` has forged ones over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from sluicegate.ci.github.artifact import Claim, Refused
from sluicegate.ci.github.believe import believed, recomputed, refusal, require_same_judge
from sluicegate.validators.runner.finding import Finding, Report, Verdict, passed
from sluicegate.validators.runner.registry import Check


def nothing() -> Iterator[Finding]:
    yield passed("x")


CHECKS = {
    "static": Check("static", "spec", "Fix it.", nothing),
    "dynamic": Check("dynamic", "quality", "Fix it.", nothing, isolated=True),
    "rendered": Check("rendered", "render", "Fix it.", nothing),
}
STATIC, DYNAMIC, RENDERED = (Finding(name, Verdict.PASS, "good", "m") for name in CHECKS)
FOUND = Report(
    (STATIC,), 1.0, head="a" * 40, notes=("partial: only static was run", "changes its own exam"),
    models={"m": Verdict.PASS}, versions={"m": (1, 2)}, base="b" * 40, contents={"m": "c" * 40},
    checks=("static",), code="sluicegate 1",
)  # fmt: skip
TRUE = replace(
    FOUND, findings=(STATIC, DYNAMIC, RENDERED), checks=tuple(CHECKS), notes=("sound, I promise",)
)  # fmt: skip


def claim(report: Report) -> Claim:
    return Claim(report, report.verdict, report.complete)


def refused(report: Report) -> str:
    with pytest.raises(Refused) as problem:
        believed(claim(report), FOUND, CHECKS)
    return problem.value.kind


def test_only_what_loads_no_model_and_starts_no_program_is_run_again() -> None:
    assert list(recomputed(CHECKS)) == ["static"]


def test_what_was_found_again_takes_the_place_of_what_it_says() -> None:
    """Findings, and the notes of line 1: that a change sets its own exam is not for it to say."""
    dressed = replace(STATIC, message="all is well, says the report")
    told = believed(claim(replace(TRUE, findings=(dressed, DYNAMIC, RENDERED))), FOUND, CHECKS)
    assert told.findings == (STATIC, DYNAMIC, RENDERED)
    assert told.notes == ("changes its own exam",)


def test_a_report_that_lacked_a_tool_and_says_complete_contradicts_itself() -> None:
    lacking = replace(RENDERED, tool="helm")
    assert refused(replace(TRUE, findings=(STATIC, DYNAMIC, lacking))) == "other-verdict"


def test_a_partial_run_may_have_left_out_what_is_run_again_here() -> None:
    left_out = Finding("static", Verdict.SKIPPED, "not run: left out by --check", "m")
    partial = replace(
        TRUE, findings=(DYNAMIC, left_out), checks=("dynamic",), notes=("partial: only dynamic was run",),
        left_out=("only dynamic was run",),
    )  # fmt: skip
    told = believed(claim(partial), FOUND, CHECKS, frozenset())
    assert (told.complete, told.notes[0]) == (False, "partial: only dynamic was run")


def test_a_model_that_is_better_than_its_findings() -> None:
    failed = replace(DYNAMIC, verdict=Verdict.FAIL)
    assert refused(replace(TRUE, findings=(STATIC, failed, RENDERED))) == "other-verdict"


def test_a_finding_of_a_check_or_a_model_that_there_is_not() -> None:
    for strange in (replace(DYNAMIC, check="made-up"), replace(DYNAMIC, model="other")):
        assert refused(replace(TRUE, findings=(*TRUE.findings, strange))) == "other-models"


def test_a_fork_that_changes_the_workflows_gets_nothing() -> None:
    """Nor does anyone who changes them together with a model; a change of them alone is anybody's."""
    paths = [".github/workflows/sluice-validate.yaml"]
    with pytest.raises(Refused, match="changes-the-judge: a fork changes what judges it"):
        require_same_judge(paths, fork=True, models=False)
    with pytest.raises(Refused, match="changes-the-judge: it changes a model, and what judges it"):
        require_same_judge([*paths, "models/m/model.yaml"], fork=False, models=True)
    require_same_judge(paths, fork=False, models=False)
    require_same_judge(["models/m/model.yaml"], fork=True, models=True)


def test_a_refusal_is_a_complete_report_that_fails() -> None:
    report = refusal(Refused("other-head", "its head is another"), "a" * 40)
    assert (report.verdict, report.complete, report.head) == (Verdict.FAIL, True, "a" * 40)
    assert "is not believed (other-head): its head is another" in report.findings[0].message


def test_what_is_waived_somebody_waived() -> None:
    findings = (STATIC, replace(DYNAMIC, verdict=Verdict.WAIVED), RENDERED)
    report = replace(TRUE, findings=findings, models={"m": Verdict.WAIVED})
    assert refused(report) == "not-waived"
    assert believed(claim(report), FOUND, CHECKS, {("dynamic", "m")}).verdict is Verdict.WAIVED
    with pytest.raises(Refused, match="not-waived"):
        believed(claim(report), FOUND, CHECKS, {("dynamic", "other"), ("rendered", "m")})
