"""The bill of materials, held against CycloneDX's own schema."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from sluicegate.ci.github.ml_bom import ml_bom
from sluicegate.ci.model_reader import load
from sluicegate.specs.tree import WorkTree

ROOT = Path(__file__).parents[3]
WHEN = datetime(2026, 11, 26, 15, tzinfo=UTC)


@pytest.mark.parametrize("model", ["digits", "flight-delay"])
def test_it_is_what_cyclonedx_describes(model: str) -> None:
    _, spec = load(WorkTree(ROOT), f"models/{model}")
    text = json.dumps(ml_bom(spec, "a" * 40, WHEN))
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_it_says_what_the_model_is_and_what_it_was_made_from() -> None:
    _, spec = load(WorkTree(ROOT), "models/flight-delay")
    bom = ml_bom(spec, "a" * 40, WHEN)
    component = bom["metadata"]["component"]
    assert component["hashes"] == [
        {"alg": "SHA-256", "content": spec.artifact.sha256.removeprefix("sha256:")}
    ]
    assert {"name": "sluicegate:revision", "value": "a" * 40} in component["properties"]
    datasets = component["modelCard"]["modelParameters"]["datasets"]
    assert [one["ref"] for one in datasets] == [one["bom-ref"] for one in bom["components"]]


def test_the_same_version_has_the_same_bill() -> None:
    _, spec = load(WorkTree(ROOT), "models/digits")
    assert ml_bom(spec, "a" * 40, WHEN) == ml_bom(spec, "a" * 40, WHEN)
