"""The report as JUnit XML, as CI systems read it: one suite for each model, one case for each finding."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree as Xml

from sluicegate.ci.report.log_commands import in_markup
from sluicegate.ci.report.overview import by_model
from sluicegate.ci.report.text_format import NOWHERE, UNKNOWN, clean, location, number, observed
from sluicegate.validators.runner.finding import Finding, Report

OUTCOMES: Mapping[str, str] = {
    "fail": "failure",
    "inconclusive": "failure",
    "error": "error",
    "waived": "skipped",
    "skipped": "skipped",
}
"""JUnit's element for each verdict but pass. Inconclusive stops a merge, so it is a failure."""


def render(report: Report) -> str:
    """One document, without the characters that XML 1.0 forbids."""
    root = Xml.Element("testsuites", _counts(list(report.findings)), name="sluice validate")
    root.set("time", f"{report.seconds:.3f}")
    for model, findings in by_model(report).items():
        suite = Xml.SubElement(root, "testsuite", _counts(findings), name=clean(model, 63) or NOWHERE)
        for finding in findings:
            _case(suite, finding)
    Xml.indent(root)
    document = in_markup(Xml.tostring(root, encoding="unicode"))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{document}\n'


def _counts(findings: list[Finding]) -> dict[str, str]:
    outcomes = [OUTCOMES.get(finding.verdict) for finding in findings]
    return {
        "tests": str(len(findings)),
        "failures": str(outcomes.count("failure")),
        "errors": str(outcomes.count("error")),
        "skipped": str(outcomes.count("skipped")),
    }


def _case(suite: Xml.Element, finding: Finding) -> None:
    case = Xml.SubElement(
        suite, "testcase", name=clean(finding.check, 80), classname=clean(finding.model, 63) or NOWHERE
    )
    if finding.path:
        case.set("file", clean(finding.path, 255))
    if finding.line is not None:
        case.set("line", str(finding.line))
    message = clean(finding.message)
    outcome = OUTCOMES.get(finding.verdict)
    if outcome is None:
        Xml.SubElement(case, "system-out").text = message
        return
    element = Xml.SubElement(case, outcome, message=message)
    if outcome != "skipped":
        element.set("type", str(finding.verdict))
    element.text = _details(finding)


def _details(finding: Finding) -> str:
    """Where it points and its figures, one a line, as far as they are known."""
    details = {
        "at": location(finding),
        "observed": observed(finding),
        "threshold": number(finding.threshold),
        "production": number(finding.production),
        "remedy": clean(finding.remedy or UNKNOWN),
    }
    return "\n".join(f"{name}: {text}" for name, text in details.items() if text not in ("", UNKNOWN))
