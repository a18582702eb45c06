from __future__ import annotations

import pytest

from sluicegate.ci.report.overview import (
    EXCUSED,
    blockers,
    by_model,
    excuses,
    grouped,
    traffic_impact,
    verdict_of,
    versions,
)
from sluicegate.validators.runner.finding import Finding, Report, Verdict

PASSED = Finding("c", Verdict.PASS, "", "a")
FAILED = Finding("d", Verdict.FAIL, "", "a")
BROKEN = Finding("e", Verdict.ERROR, "", "b")
EXCUSING = [verdict for verdict in Verdict if verdict in EXCUSED]


def test_blockers_are_the_findings_that_stop_a_merge_worst_first() -> None:
    assert blockers(Report((PASSED, FAILED, BROKEN), 0)) == [BROKEN, FAILED]


def test_models_are_listed_by_name_also_those_without_a_finding() -> None:
    report = Report((BROKEN, PASSED, FAILED), 0, models={"c": Verdict.PASS})
    assert by_model(report) == {"a": [FAILED, PASSED], "b": [BROKEN], "c": []}


def test_a_model_that_the_report_does_not_list_has_the_worst_verdict_of_its_findings() -> None:
    report = Report((PASSED, FAILED), 0, models={"c": Verdict.PASS})
    assert verdict_of(report, "a") is Verdict.FAIL
    assert verdict_of(report, "c") is Verdict.PASS


def test_versions_in_words() -> None:
    report = Report((), 0, versions={"a": (2, 3), "b": (None, 1), "c": (1, 1), "d": (4, None)})
    assert [versions(report, m) for m in "abcde"] == ["2 → 3", "new → 1", "1, unchanged", "4 → none", ""]


def test_the_impact_on_traffic() -> None:
    models = {"a": Verdict.PASS}
    moving = Report((PASSED,), 0, models=models, versions={"a": (1, 2)})
    assert traffic_impact(moving) == "a merge starts the release of a (1 → 2), step by step"
    removed = Report((PASSED,), 0, models=models, versions={"a": (1, None)})
    assert traffic_impact(removed) == "no traffic moves: no version changes"
    assert traffic_impact(Report((PASSED,), 0, models=models)) == "no traffic moves: no version changes"
    assert traffic_impact(Report((FAILED, FAILED), 0)) == "no traffic moves: refused by 2 findings"


def test_the_impact_names_three_models_and_counts_the_rest() -> None:
    names = "abcde"
    report = Report(
        (PASSED,), 0, models=dict.fromkeys(names, Verdict.PASS), versions=dict.fromkeys(names, (1, 2))
    )
    assert traffic_impact(report).endswith("a (1 → 2), b (1 → 2), c (1 → 2) and 2 more, step by step")


@pytest.mark.parametrize("verdict", EXCUSING)
def test_an_excused_verdict_is_explained(verdict: Verdict) -> None:
    findings = (Finding("x", verdict, "why", "a"), Finding("y", verdict, "why", "a"))
    assert excuses(Report(findings, 0)) == f"nothing stops it; 2 findings {verdict}, with the reasons below"


def test_any_other_verdict_needs_no_explanation() -> None:
    assert excuses(Report((PASSED,), 0)) == ""
    assert excuses(Report((FAILED, Finding("x", Verdict.WAIVED, "", "a")), 0)) == ""


@pytest.mark.parametrize("verdict", EXCUSING)
def test_findings_excused_for_the_same_reason_are_one_that_lists_the_checks(verdict: Verdict) -> None:
    first, second = (Finding(check, verdict, "left out", "a") for check in ("x", "y"))
    other = Finding("z", verdict, "another reason", "a")
    together, apart, passed = grouped([first, other, second, PASSED])
    assert (together.check, together.message) == ("2 checks", "left out: x, y")
    assert (apart, passed) == (other, PASSED)


def test_a_finding_with_a_figure_or_of_another_verdict_stays_by_itself() -> None:
    figures = [Finding(check, Verdict.WAIVED, "slow", "a", observed=1.5) for check in ("x", "y")]
    failures = [Finding(check, Verdict.FAIL, "slow", "a") for check in ("x", "y")]
    assert grouped([*figures, *failures]) == [*figures, *failures]
