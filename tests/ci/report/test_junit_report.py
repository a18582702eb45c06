from __future__ import annotations

from xml.etree import ElementTree

from sluicegate.ci.report.junit_report import render
from sluicegate.validators.runner.finding import Report


def test_a_suite_a_model_and_a_case_a_finding(report: Report) -> None:
    root = ElementTree.fromstring(render(report))
    assert root.attrib | {"time": ""} == {
        "name": "sluice validate", "tests": "6", "failures": "3", "errors": "1", "skipped": "1", "time": "",
    }  # fmt: skip
    suites = {suite.get("name"): suite for suite in root}
    assert set(suites) == {"repository", "digits", "flight-delay"}
    assert suites["digits"].attrib["errors"] == "1"
    outcomes = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}
    assert outcomes == {
        "quality": ["system-out"], "quality-segments": ["failure"], "latency": ["failure"],
        "sandboxed": ["error"], "data-drift": ["skipped"], "release-untouched": ["failure"],
    }  # fmt: skip


def test_a_failure_says_where_and_how_to_mend_it(report: Report) -> None:
    failure = next(
        ElementTree.fromstring(render(report)).iterfind(".//testcase[@name='quality-segments']/failure")
    )
    assert failure.get("type") == "fail"
    assert failure.text is not None
    assert "at: models/flight-delay/model.yaml:33:5" in failure.text
    assert "remedy: retrain with more rows of AA" in failure.text
