"""Pinned packages are held against a database of advisories: the real pip-audit, a local service."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support.http_stub import Answer, Request, Site

from sluicegate.ci.model_reader import load
from sluicegate.specs.tree import WorkTree
from sluicegate.validators.runner.finding import Finding
from sluicegate.validators.runner.registry import checks
from sluicegate.validators.runner.run import validate
from sluicegate.validators.submission.candidate import Candidate

EXAMPLE = Path(__file__).parents[2] / "examples/bad/onnx-loads/no-kernel/models"
CHECK = "known-vulnerabilities"
QUERY = "/v1/query"


def advisory(name: str, **more: Any) -> dict[str, Any]:
    """An entry as OSV writes it."""
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.22.0"}]}]
    affected = {"package": {"name": name, "ecosystem": "PyPI"}, "ranges": ranges}
    return {"id": "PYSEC-2021-1", "aliases": ["CVE-2021-1"], "summary": "bad", "affected": [affected], **more}


def answer(request: Request) -> bytes:
    """numpy before 1.22 is vulnerable, everything else is not."""
    asked = json.loads(request.body)
    bad = asked["package"]["name"] == "numpy" and asked["version"].startswith("1.2")
    return json.dumps({"vulns": [advisory("numpy")]} if bad else {}).encode()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with Site() as service:
        service.pages[QUERY] = answer
        monkeypatch.setenv("SLUICE_AUDIT", f"{service.url}{QUERY}")
        monkeypatch.setenv("SLUICE_PIP_AUDIT", str(Path(sys.executable).with_name("pip-audit")))
        yield service


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLE, tmp_path / "models")
    return tmp_path


def judged(root: Path, requirements: str) -> list[Finding]:
    (root / "models/tiny/requirements.txt").write_text(requirements)
    subject = Candidate("tiny", WorkTree(root), load, None, None).subject()
    report = validate([subject], {CHECK: checks()[CHECK]}, today=date(2026, 1, 1))
    return list(report.findings)


def asked(site: Site) -> set[tuple[str, str]]:
    bodies = [json.loads(request.body) for request in site.requests]
    return {(body["package"]["name"], body["version"]) for body in bodies}


def test_what_is_known_is_refused_at_its_line(root: Path, site: Site) -> None:
    text = 'requests==2.0.0\nnumpy==1.20.0 ; python_version < "3.12"\nnumpy==2.1.0+cpu\n'
    (refused,) = judged(root, text)
    assert (refused.verdict, refused.path, refused.line) == ("fail", "models/tiny/requirements.txt", 2)
    assert refused.message == "numpy 1.20.0 has PYSEC-2021-1 (CVE-2021-1), fixed in 1.22.0"
    assert asked(site) == {("requests", "2.0.0"), ("numpy", "1.20.0"), ("numpy", "2.1.0")}
    assert checks()[CHECK].waivable


def test_packages_of_which_nothing_is_known_pass(root: Path, site: Site) -> None:
    (found,) = judged(root, "requests==2.0.0\n")
    assert (found.verdict, found.message) == ("pass", "nothing is known against 1 pinned packages")


@pytest.mark.parametrize("page", [Answer(503), b"<html>", b'{"vulns": 3}'], ids=str)
def test_a_service_that_does_not_answer_is_an_error(root: Path, site: Site, page: Answer | bytes) -> None:
    site.pages[QUERY] = page
    (found,) = judged(root, "requests==2.0.0\n")
    assert (found.verdict, found.tool) == ("error", None)
    assert found.message.startswith("not judged: pip-audit got no answer: ")
    assert found.remedy is not None and "SLUICE_AUDIT" in found.remedy


def test_nobody_is_asked_where_the_machine_does_not_say_so(
    root: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SLUICE_AUDIT")
    (found,) = judged(root, "numpy==1.20.0\n")
    assert (found.verdict, found.message) == ("skipped", "not run: SLUICE_AUDIT does not ask for it")
    assert site.requests == []


@pytest.mark.parametrize(
    ("variable", "value", "tool"),
    [("SLUICE_PIP_AUDIT", "/nowhere/pip-audit", "pip-audit"), ("SLUICE_AUDIT", "yes", None)],
)
def test_a_program_that_is_absent_and_a_wrong_setting_are_errors(
    root: Path, site: Site, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, tool: str | None
) -> None:
    monkeypatch.setenv(variable, value)
    (found,) = judged(root, "numpy==1.20.0\n")
    assert (found.verdict, found.tool) == ("error", tool)
    assert f"{variable}='{value}' is" in found.message
