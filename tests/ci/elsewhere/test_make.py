"""ci/sluice.mk, included by a Makefile of somebody's own."""

from __future__ import annotations

import pytest

from .conftest import ROOT, Job


def make(job: Job, *words: str):
    (job.clone / "Makefile").write_text(f"include {ROOT}/ci/sluice.mk\n")
    return job.run("make", *words)


@pytest.mark.slow
def test_a_change_is_judged_and_its_reports_are_written(good: Job) -> None:
    done = make(good, "sluice-changed")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (good.clone / "build" / "sluice" / "report.xml").is_file()


def test_the_work_tree_is_judged_and_make_fails_where_it_is_refused(good: Job) -> None:
    done = make(good, "sluice-validate")
    assert done.returncode == 0
    assert "there is no model yet" in done.stdout
    broken = good.clone / "environments" / "broken" / "environment.yaml"
    broken.parent.mkdir(parents=True)
    broken.write_text("kind: Nothing\n")
    assert make(good, "sluice-validate").returncode == 2
