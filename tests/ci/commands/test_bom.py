"""`sluice bom` prints the same bytes for the same files, and takes metrics from a report."""

from __future__ import annotations

import json
from pathlib import Path

from sluicegate.ci.report import render
from sluicegate.validators.runner.finding import Finding, Report, Verdict

ROOT = Path(__file__).parents[3]


def test_the_same_files_give_the_same_bytes(sluice) -> None:
    first, second = (sluice("bom", "digits", "-C", ROOT) for _ in range(2))
    assert first.exit_code == 0, first.output
    assert first.stdout == second.stdout
    assert json.loads(first.stdout)["metadata"]["component"]["name"] == "digits"


def test_metrics_are_those_of_a_report(sluice, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    finding = Finding("quality", Verdict.PASS, "accuracy at least 0.93", "digits", observed=0.95)
    file.write_text(render(Report((finding,), 1.0), "json"))
    result = sluice("bom", "digits", "--report", file, "-C", ROOT)
    card = json.loads(result.stdout)["metadata"]["component"]["modelCard"]
    assert card["quantitativeAnalysis"]["performanceMetrics"][0]["value"] == "0.95"
    file.write_text("{}")
    refused = sluice("bom", "digits", "--report", file, "-C", ROOT)
    assert refused.exit_code == 1
    assert "is not a report" in refused.output
