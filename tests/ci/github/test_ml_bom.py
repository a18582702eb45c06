"""The bill of materials, held against CycloneDX's own schema."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from sluicegate.ci.github.ml_bom import ml_bom
from sluicegate.ci.github.model_directory import read_directory
from sluicegate.ci.model_reader import load
from sluicegate.specs.artifact import Artifact, PinnedFile
from sluicegate.specs.tree import WorkTree
from sluicegate.validators.runner.finding import Finding, Report, Verdict

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
    parts = {one["bom-ref"]: one["type"] for one in bom["components"]}
    assert [parts[one["ref"]] for one in datasets] == ["data", "data"]
    assert bom["dependencies"][0]["dependsOn"] == sorted(parts)


def test_it_has_graph_licence_packages_and_what_was_measured() -> None:
    _, spec = load(WorkTree(ROOT), "models/digits")
    spec = replace(spec, lineage=replace(spec.lineage, converted_from=1))
    directory = replace(
        read_directory(WorkTree(ROOT), spec), licence="Apache License", packages=(("numpy", "2.1.0"),)
    )
    own = Finding(
        "quality", Verdict.PASS, "accuracy at least 0.93", "digits", observed=0.95, interval=(0.93, 0.97)
    )
    report = Report((own, replace(own, model="other"), replace(own, check="latency")), 1.0)
    bom = ml_bom(spec, "a" * 40, WHEN, directory, report)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bom)) is None
    component = bom["metadata"]["component"]
    assert component["modelCard"]["modelParameters"]["modelArchitecture"].startswith("ONNX (ai.onnx ")
    assert component["licenses"] == [{"license": {"name": "Apache License"}}]
    assert component["pedigree"]["ancestors"][0]["version"] == "1"
    assert component["modelCard"]["quantitativeAnalysis"]["performanceMetrics"] == [
        {
            "type": "accuracy at least 0.93",
            "value": "0.95",
            "confidenceInterval": {"lowerBound": "0.93", "upperBound": "0.97"},
        }
    ]
    assert "pkg:pypi/numpy@2.1.0" in [part.get("purl") for part in bom["components"]]


def test_the_files_of_an_artifact_that_is_elsewhere_each_have_their_digest_and_address() -> None:
    _, spec = load(WorkTree(ROOT), "models/digits")
    weights = PinnedFile(f"sha256:{'cd' * 32}", uri="https://example.org/model.data")
    files = (PinnedFile(spec.artifact.sha256, path="model.onnx"), weights)
    bom = ml_bom(replace(spec, artifact=Artifact(files)), None, None)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bom)) is None
    assert "hashes" not in bom["metadata"]["component"]
    there = {part["name"]: part for part in bom["components"] if part["type"] == "file"}
    assert there["model.data"]["hashes"][0]["content"] == "cd" * 32
    assert there["model.data"]["externalReferences"][0]["url"] == "https://example.org/model.data"


def test_the_same_version_has_the_same_bill() -> None:
    _, spec = load(WorkTree(ROOT), "models/digits")
    assert ml_bom(spec, "a" * 40, WHEN) == ml_bom(spec, "a" * 40, WHEN)
