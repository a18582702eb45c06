from __future__ import annotations

import json
import math
from pathlib import Path

from jsonschema import Draft202012Validator

from sluicegate.ci.report import json_report
from sluicegate.ci.report.json_report import render
from sluicegate.validators.runner.finding import Finding, Report, Verdict

CONTRACT = json.loads((Path(json_report.__file__).parent / "report.schema.json").read_text())


def test_the_contract(report: Report) -> None:
    data = json.loads(render(report))
    Draft202012Validator(CONTRACT).validate(data)
    assert data["verdict"] == "error"
    assert data["notes"] == ["limits only"]
    assert data["models"] == {"digits": "error", "flight-delay": "fail"}
    assert data["findings"][1] == {
        "check": "quality-segments", "verdict": "fail", "model": "flight-delay",
        "path": "models/flight-delay/model.yaml", "line": 33, "column": 5, "observed": -0.11,
        "interval": [-0.15, -0.06], "threshold": -0.05, "production": 0.0, "production_interval": None,
        "part": None, "message": "recall of carrier AA fell", "remedy": "retrain with more rows of AA",
        "tool": None, "diff": [], "graph": [],
    }  # fmt: skip


def test_what_is_not_finite_is_null() -> None:
    finding = Finding(
        "c", Verdict.FAIL, "m", observed=math.nan, interval=(0.5, math.inf), threshold=-math.inf
    )
    text = render(Report((finding,), 0.0))
    assert "NaN" not in text
    assert "Infinity" not in text
    entry = json.loads(text)["findings"][0]
    assert (entry["observed"], entry["interval"], entry["threshold"]) == (None, [0.5, None], None)


def test_hostile_text_is_ascii_and_kept(hostile: Report) -> None:
    text = render(hostile)
    assert text.isascii()
    Draft202012Validator(CONTRACT).validate({**json.loads(text), "head": None})
    assert json.loads(text)["findings"][0]["message"] == hostile.findings[0].message
