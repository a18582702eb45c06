from __future__ import annotations

import json
from collections.abc import Callable

from sluicegate.ci.report.sarif_report import render, within_limit
from sluicegate.validators.runner.finding import Finding, Report, Verdict
from sluicegate.validators.runner.registry import checks


def run_of(report: Report) -> dict:
    data = json.loads(render(report))
    assert data["version"] == "2.1.0"
    assert data["$schema"].endswith("sarif-2.1.0.json")
    (run,) = data["runs"]
    return run


def test_results_point_to_their_rules_and_places(report: Report) -> None:
    run = run_of(report)
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        location = result["locations"][0]["physicalLocation"]
        assert not location["artifactLocation"]["uri"].startswith("/")
    by_rule = {result["ruleId"]: result for result in run["results"]}
    region = by_rule["quality-segments"]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 33, "startColumn": 5}


def test_a_level_goes_with_a_failing_kind_only(report: Report) -> None:
    """SARIF 2.1.0, 3.27.9: with any other kind than `fail` the level is `none`."""
    for result in run_of(report)["results"]:
        assert (result["kind"] == "fail") == (result["level"] != "none")


def test_a_waived_finding_is_suppressed(report: Report) -> None:
    suppressed = [r["ruleId"] for r in run_of(report)["results"] if "suppressions" in r]
    assert suppressed == ["data-drift"]


def test_a_skipped_finding_did_not_apply_and_nobody_suppressed_it(make_report: Callable[..., Report]) -> None:
    (result,) = run_of(make_report((Finding("latency", Verdict.SKIPPED, "no limit", "m"),)))["results"]
    assert (result["kind"], result["level"]) == ("notApplicable", "none")
    assert "suppressions" not in result


def test_rules_carry_what_the_checks_say(make_report: Callable[..., Report]) -> None:
    check = next(iter(checks().values()))
    (rule,) = run_of(make_report((Finding(check.id, Verdict.PASS, "m", "a"),)))["tool"]["driver"]["rules"]
    assert rule["shortDescription"]["text"] == check.title
    assert rule["help"]["text"] == check.remedy


def test_no_text_of_others_is_a_link(make_report: Callable[..., Report]) -> None:
    finding = Finding("quality", Verdict.FAIL, r"see [here](http://x) and \[it]", "m")
    (result,) = run_of(make_report((finding,)))["results"]
    assert result["message"]["text"] == r"see \[here\](http://x) and \\\[it\]"


def test_the_same_fault_keeps_its_identity(make_report: Callable[..., Report]) -> None:
    """Line and figures move from run to run; GitHub must not open a new alert for them."""
    one = Finding("c", Verdict.FAIL, "0.5 is too low", "a", "models/a/model.yaml", 3, observed=0.5)
    two = Finding("c", Verdict.FAIL, "0.6 is too low", "a", "models/a/model.yaml", 9, observed=0.6)
    first, second = (run_of(make_report((f,)))["results"][0]["partialFingerprints"] for f in (one, two))
    assert first == second


def test_the_worst_are_kept_where_there_are_too_many() -> None:
    good = [Finding(f"c{i}", Verdict.PASS, "m", "a") for i in range(3)]
    bad = Finding("bad", Verdict.FAIL, "m", "a")
    assert within_limit([*good, bad], most=3) == [bad, *good[:2]]
    assert within_limit([*good, bad], most=4) == [*good, bad]
