"""vars/sluiceValidate.groovy in Jenkins' own version of Groovy, its shell real, its other steps said."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from .conftest import ROOT, Job

GROOVY = ROOT / "build" / "groovy" / "groovy-2.4.21.jar"
RUNNER = ROOT / "tests" / "ci" / "elsewhere" / "jenkins.groovy"
STEP = ROOT / "vars" / "sluiceValidate.groovy"

pytestmark = pytest.mark.skipif(
    not GROOVY.is_file() or shutil.which("java") is None,
    reason="Groovy is not there: `make tools` fetches it with Maven, and it needs Java",
)


def step(job: Job, *settings: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return job.run(
        "java", "-cp", GROOVY, "groovy.ui.GroovyMain", RUNNER, STEP, *settings,
        **{"CHANGE_TARGET": "main"} | variables,
    )  # fmt: skip


@pytest.mark.slow
def test_a_good_change_keeps_its_reports(good: Job) -> None:
    done = step(good)
    said = done.stdout.splitlines()
    assert said[-3:] == ["junit sluice-report/report.xml", "archive sluice-report/*", "status 0"], done.stderr
    assert sorted(path.name for path in (good.clone / "sluice-report").iterdir()) == [
        "report.html", "report.sarif", "report.xml",
    ]  # fmt: skip


def test_a_refused_change_fails_the_build_and_keeps_its_reports(refused: Job) -> None:
    done = step(refused, "base=origin/main", "into=out")
    said = done.stdout.splitlines()
    assert said[-1] == "error sluice validate ended with 1: the change is refused", done.stderr
    assert "archive out/*" in said
    assert (refused.clone / "out" / "report.xml").is_file()


def test_a_name_of_a_branch_is_no_command(good: Job) -> None:
    done = step(good, CHANGE_TARGET="$(touch owned);`touch owned`")
    assert done.stdout.splitlines()[-1].startswith("error sluice validate ended with")
    assert not (good.clone / "owned").exists()
