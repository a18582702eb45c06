"""`.github/` here, and what `sluice init` writes for others: one template each, and nothing for linters."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness.found import tool
from support.jobs import ROOT, workflow

from sluicegate.ci.scaffold.repository import OWN_ACTION, WORKFLOWS, Setup, companions, ours
from sluicegate.ci.scaffold.repository.pins import PINS

HERE = Setup(
    OWN_ACTION, ["@data-science/platform"],
    {"digits": ["@data-science/vision"], "flight-delay": ["@data-science/flights"]},
)  # fmt: skip
STRANGER = Setup(f"octo/sluicegate/ci@{'a' * 40} # v0.1.0", ["@octo/ml"], {"churn": ["@octo/crm"]}, app=4711)
FILES = sorted((ROOT / ".github/workflows").glob("*.yaml"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody else's repository, as init leaves it."""
    root = tmp_path_factory.mktemp("stranger")
    for path, text in (ours(STRANGER) | companions(STRANGER)).items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


@pytest.mark.parametrize("path", sorted(ours(HERE) | companions(HERE)))
def test_what_is_committed_here_is_what_the_templates_say(path: str) -> None:
    """Where it differs: `sluice init --action ./ci --owner @data-science/platform`."""
    assert (ROOT / path).read_text(encoding="utf-8") == (ours(HERE) | companions(HERE))[path]


def test_the_pins_are_those_that_are_committed_here() -> None:
    """Dependabot raises the files in .github; the templates follow in the same change."""
    used = {found for file in FILES for found in re.findall(r"\buses: ([^.\s]\S* # \S+)", file.read_text())}
    assert set(PINS.values()) <= used


@pytest.mark.parametrize("file", [*FILES, ROOT / "ci/action.yml"], ids=lambda file: file.name)
def test_every_action_is_pinned_by_commit_with_its_version(file: Path) -> None:
    for used in re.findall(r"\buses: (.+)", file.read_text()):
        assert used == OWN_ACTION or re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used), used


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_rights_are_given_to_jobs_alone_and_each_job_ends(file: Path) -> None:
    content = workflow(file)
    assert content["permissions"] == {}
    assert "pull_request_target" not in content["on"]
    assert "group" in content["concurrency"]
    for job in content["jobs"].values():
        assert job["timeout-minutes"] <= 120
        assert job["permissions"]


def scripts(steps: list[dict[str, Any]]) -> list[str]:
    return [step["run"] for step in steps if "run" in step]


@pytest.mark.parametrize("file", [*FILES, ROOT / "ci/action.yml"], ids=lambda file: file.name)
def test_no_script_has_an_expression_in_it(file: Path) -> None:
    """A branch's name or a title would be run; the environment is data."""
    content = yaml.safe_load(file.read_text())
    jobs = content["jobs"].values() if "jobs" in content else [content["runs"]]
    assert [script for job in jobs for script in scripts(job["steps"]) if "${{" in script] == []


def test_what_a_pull_request_starts_may_write_nothing_and_has_no_secret() -> None:
    for file in FILES:
        content = workflow(file)
        if {"pull_request", "merge_group"} & set(content["on"]):
            assert "secrets." not in file.read_text()
            for job in content["jobs"].values():
                assert set(job["permissions"].values()) == {"read"}
                assert "environment" not in job


def test_what_has_rights_checks_out_no_commit_of_a_pull_request() -> None:
    for name in ("report", "commands", "gate", "publish"):
        content = workflow(ROOT / f".github/workflows/sluice-{name}.yaml")
        for job in content["jobs"].values():
            for step in job["steps"]:
                if step.get("uses", "").startswith("actions/checkout"):
                    assert set(step["with"]) == {"persist-credentials"}


@pytest.mark.parametrize("where", ["here", "stranger"])
def test_actionlint_and_zizmor_have_no_findings(where: str, stranger: Path) -> None:
    root = ROOT if where == "here" else stranger
    files = sorted(map(str, (root / ".github/workflows").glob("*.yaml")))
    linted = subprocess.run([tool("actionlint"), *files], capture_output=True, text=True, check=False)
    assert (linted.returncode, linted.stdout) == (0, "")
    zizmor = Path(sys.executable).parent / "zizmor"
    audited = subprocess.run(
        [zizmor, "--offline", "--quiet", "--no-progress", root / ".github", ROOT / "ci/action.yml"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert audited.returncode == 0, audited.stdout
    assert "No findings" in audited.stdout


def test_a_stranger_gets_the_action_by_its_commit_and_its_own_owners() -> None:
    text = ours(STRANGER)[".github/workflows/sluice-validate.yaml"]
    assert f"      - uses: octo/sluicegate/ci@{'a' * 40} # v0.1.0\n" in text
    assert "./ci" not in "".join(ours(STRANGER).values())
    owners = companions(STRANGER)[".github/CODEOWNERS"].splitlines()
    assert owners[-2:] == ["*               @octo/ml", "/models/churn/  @octo/crm"]


def test_with_an_app_its_verdict_alone_counts_and_it_passes_by() -> None:
    rulesets = {path: json.loads(text) for path, text in ours(STRANGER).items() if path.endswith(".json")}
    by_name = {Path(path).stem: ruleset for path, ruleset in rulesets.items()}
    checks = by_name["review"]["rules"][1]["parameters"]["required_status_checks"]
    assert checks == [{"context": "sluice/validate", "integration_id": 4711}]
    actor = {"actor_id": 4711, "actor_type": "Integration", "bypass_mode": "always"}
    assert by_name["review"]["bypass_actors"] == by_name["evidence"]["bypass_actors"] == [actor]
    assert by_name["history"]["bypass_actors"] == [], "nobody rewrites what was decided"


def test_the_report_waits_for_the_workflow_of_that_name() -> None:
    named = {name: workflow(ROOT / f".github/workflows/sluice-{name}.yaml") for name in WORKFLOWS}
    assert named["report"]["on"]["workflow_run"]["workflows"] == [named["validate"]["name"]]
