from __future__ import annotations

import html
import json
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from sluicegate.ci.report import formats, render
from sluicegate.validators.runner.finding import Report, Verdict


def test_the_formats_are_the_plain_modules() -> None:
    assert formats() == ("github", "gitlab", "html", "json", "junit", "markdown", "sarif", "text")


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(ValueError, match="json"):
        render(Report((), 0.0), "yaml")


def test_listing_formats_imports_no_rendering() -> None:
    code = (
        "import sys; from sluicegate.ci.report import formats; formats(); print('matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("form", formats())
def test_every_finding_is_in_every_format(report: Report, form: str) -> None:
    text = render(report, form)
    seen = html.unescape(text.replace("\\", "").replace("&#8203;", ""))
    for finding in report.findings:
        if form == "gitlab" and finding.verdict is Verdict.PASS:
            continue  # its widget lists faults
        assert finding.check in seen
        assert finding.message in seen


@pytest.mark.parametrize("form", formats())
def test_an_empty_report_is_an_error_and_renders(form: str) -> None:
    assert "error" in render(Report((), 0.0), form) or form in ("junit", "sarif")


@pytest.mark.parametrize("form", formats())
def test_a_rendering_is_the_same_twice(report: Report, form: str) -> None:
    assert render(report, form) == render(report, form)


@pytest.mark.parametrize("form", formats())
def test_no_rendering_of_hostile_text_holds_a_control_character(hostile: Report, form: str) -> None:
    text = render(hostile, form)
    allowed = {"\n"}
    assert not {c for c in text if (ord(c) < 32 or 127 <= ord(c) < 160) and c not in allowed}
    assert not set(text) & set("\u202e\u202c\u2028\u2029\ud800\ufffe")
    text.encode()


def test_hostile_text_stays_well_formed(hostile: Report) -> None:
    assert len(json.loads(render(hostile, "json"))["findings"]) == len(hostile.findings)
    assert len(list(ElementTree.fromstring(render(hostile, "junit")).iter("testcase"))) == len(
        hostile.findings
    )
    assert len(json.loads(render(hostile, "sarif"))["runs"][0]["results"]) == len(hostile.findings)
