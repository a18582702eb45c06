"""templates/validate.yml: its form by GitLab's schema, its script by a real shell on a real clone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import ROOT, Job

TEXT = (ROOT / "templates" / "validate.yml").read_text()


def component(**inputs: Any) -> tuple[dict[str, Any], str]:
    """The inputs' specification, and the configuration once GitLab has put the inputs in."""
    spec, body = TEXT.split("\n---\n")
    declared = yaml.safe_load(spec)["spec"]["inputs"]
    values = {name: one["default"] for name, one in declared.items()} | inputs

    def put(match: re.Match[str]) -> str:
        return json.dumps(values[match[1]])

    return declared, re.sub(r"\$\[\[ inputs\.(\w+) \]\]", put, body)


def script(**inputs: Any) -> str:
    (command,) = yaml.safe_load(component(**inputs)[1])["sluice-validate"]["script"]
    return str(command)


def merge_request(job: Job, **more: str) -> dict[str, str]:
    return {
        "CI_COMMIT_SHA": job.head, "CI_MERGE_REQUEST_DIFF_BASE_SHA": job.base,
        "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "", "SLUICE_PRODUCTION": "", "SLUICE_NOTE": "false",
    } | more  # fmt: skip


def test_gitlabs_schema_takes_it(tmp_path: Path) -> None:
    file = tmp_path / "ci.yml"
    file.write_text(component()[1])
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci"]
    done = subprocess.run(
        [*command, "--data-transform", "gitlab-ci", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_input_is_used_and_has_a_default() -> None:
    declared, _ = component()
    assert set(re.findall(r"\$\[\[ inputs\.(\w+) \]\]", TEXT)) == set(declared)
    assert all("default" in one for one in declared.values())


@pytest.mark.slow
def test_a_good_change_passes_with_its_reports(good: Job) -> None:
    done = good.run("sh", "-ec", script(), **merge_request(good))
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((good.clone / "gl-code-quality-report.json").read_text()) == []
    assert (good.clone / "report.xml").is_file()


def test_a_refused_change_fails_the_job_and_is_in_the_widget(refused: Job) -> None:
    merged = merge_request(refused, CI_COMMIT_SHA="0" * 40, CI_MERGE_REQUEST_SOURCE_BRANCH_SHA=refused.head)
    done = refused.run("sh", "-ec", script(), **merged)
    assert done.returncode == 1, done.stdout + done.stderr
    issues = json.loads((refused.clone / "gl-code-quality-report.json").read_text())
    assert "release-untouched" in [one["check_name"] for one in issues]


@pytest.mark.slow
def test_a_note_without_a_token_is_a_named_error(good: Job) -> None:
    variables = merge_request(good, SLUICE_NOTE="true", SLUICE_TOKEN="", GITLAB_TOKEN="")
    variables |= {"CI_MERGE_REQUEST_PROJECT_ID": "12", "CI_MERGE_REQUEST_IID": "7"}
    done = good.run("sh", "-ec", script(), **variables)
    assert done.returncode == 1
    assert "there is no token" in done.stderr
