"""The report as JUnit XML, as CI systems read it: a suite a model, a case a finding."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from sluicegate.ci.report.text_format import NOWHERE, by_model, clean, number, observed, place
from sluicegate.validators.runner.finding import Finding, Report, Verdict

OUTCOMES = {
    Verdict.FAIL: "failure",
    Verdict.INCONCLUSIVE: "failure",
    Verdict.ERROR: "error",
    Verdict.SKIPPED: "skipped",
    Verdict.WAIVED: "skipped",
}
"""JUnit's element for each verdict; a pass has none. Inconclusive stops a merge, so it is a failure."""


def render(report: Report) -> str:
    """One document, without characters that XML 1.0 has not."""
    root = Xml.Element("testsuites", _counts(list(report.findings)), name="sluice validate")
    root.set("time", f"{report.seconds:.3f}")
    for model, findings in by_model(report).items():
        suite = Xml.SubElement(root, "testsuite", _counts(findings), name=clean(model, 63) or NOWHERE)
        for finding in findings:
            _case(suite, finding)
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


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
    said = clean(finding.message)
    outcome = OUTCOMES.get(finding.verdict)
    if outcome is None:
        Xml.SubElement(case, "system-out").text = said
        return
    element = Xml.SubElement(case, outcome, message=said)
    if outcome != "skipped":
        element.set("type", str(finding.verdict))
    element.text = "\n".join(
        f"{name}: {text}"
        for name, text in (
            ("at", place(finding)),
            ("observed", observed(finding)),
            ("threshold", number(finding.threshold)),
            ("production", number(finding.production)),
            ("remedy", clean(finding.remedy or "–")),
        )
        if text not in ("", "–")
    )
