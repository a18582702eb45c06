from __future__ import annotations

import json
import math

from jsonschema import Draft202012Validator

from sluicegate.ci.report.json_report import render
from sluicegate.validators.runner.finding import Finding, Report, Verdict

NUMBER = {"type": ["number", "string", "null"]}
WORD = {"enum": ["pass", "skipped", "waived", "inconclusive", "fail", "error"]}
CONTRACT = {
    "type": "object",
    "required": ["verdict", "models", "findings", "seconds", "notes"],
    "additionalProperties": False,
    "properties": {
        "verdict": WORD,
        "models": {"type": "object", "additionalProperties": WORD},
        "seconds": {"type": "number", "minimum": 0},
        "notes": {"type": "array", "items": {"type": "string"}},
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": [
                    "check", "verdict", "model", "path", "line", "column", "observed", "interval",
                    "threshold", "production", "production_interval", "part", "message", "remedy",
                ],
                "properties": {
                    "check": {"type": "string"},
                    "verdict": WORD,
                    "model": {"type": "string"},
                    "path": {"type": ["string", "null"]},
                    "line": {"type": ["integer", "null"], "minimum": 1},
                    "column": {"type": ["integer", "null"], "minimum": 1},
                    "observed": NUMBER,
                    "interval": {
                        "type": ["array", "null"],
                        "items": {"type": ["number", "null"]}, "minItems": 2, "maxItems": 2,
                    },
                    "threshold": NUMBER,
                    "production": NUMBER,
                    "production_interval": {"type": ["array", "null"]},
                    "part": {"type": ["string", "null"]},
                    "message": {"type": "string"},
                    "remedy": {"type": ["string", "null"]},
                },
            },
        },
    },
}  # fmt: skip


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
    Draft202012Validator(CONTRACT).validate(json.loads(text))
    assert json.loads(text)["findings"][0]["message"] == hostile.findings[0].message
