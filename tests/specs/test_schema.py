"""The schemas against the loaders, with `jsonschema` as the oracle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sluicegate.gate.metrics.base import gates
from sluicegate.specs.environment_file import load_environment
from sluicegate.specs.model_file import load_model
from sluicegate.specs.release_file import read
from sluicegate.specs.schema import environment_schema, model_schema, release_schema, schema_text
from sluicegate.specs.yamlio import InputError, parse

ROOT = Path(__file__).parents[2]
DIGEST = "sha256:" + "5f" * 32


@dataclass(frozen=True)
class Rule:
    """A rule of a section that a check declares."""

    metric: str
    at_least: float | None = None
    """At least this."""


SECTIONS: dict[str, Any] = {"quality": tuple[Rule, ...], "single": Rule}
SCHEMAS = {
    "model": model_schema(gates(), SECTIONS),
    "environment": environment_schema(),
    "release": release_schema(),
}
TENSOR = {"name": "x", "dtype": "float32", "shape": ["n", 2], "columns": ["a", "b"]}
GOOD: dict[str, dict[str, Any]] = {
    "model": {
        "apiVersion": "sluicegate.dev/v1",
        "kind": "Model",
        "metadata": {"name": "m", "owners": ["me"]},
        "spec": {
            "version": 1,
            "task": "regression",
            "artifact": {"path": "model.onnx", "sha256": DIGEST},
            "signature": {"inputs": [TENSOR], "outputs": [{"name": "y", "dtype": "float32", "shape": ["n"]}]},
            "decision": {"output": "y", "threshold": 0.5},
            "score": {"output": "y", "reduce": "none", "edges": [1.5, 2]},
            "data": {
                "reference": {"path": "data/a.parquet", "sha256": DIGEST},
                "evaluation": {"path": "data/b.parquet", "sha256": DIGEST},
                "label": "late",
                "segments": ["carrier"],
            },
            "lineage": {"code": "train.py"},
            "serving": {"engine": "triton", "max_batch": 8, "gpu": {"count": 1, "memory": "4Gi"}},
            "waivers": [{"check": "latency", "reason": "slow host", "until": "2027-01-31"}],
            "rollout": {
                "steps": [1, 100],
                "gates": [
                    {"metric": "slow_requests", "over_ms": 50, "margin": 0.1},
                    {"metric": "error_rate", "margin": 0.1},
                ],
                "deadline": "2h",
                "traffic": 5,
            },
            "quality": [{"metric": "auc", "at_least": 0.5}],
            "single": {"metric": "auc"},
        },
    },
    "environment": {
        "apiVersion": "sluicegate.dev/v1",
        "kind": "Environment",
        "metadata": {"name": "production"},
        "spec": {
            "after": "staging",
            "cluster": "eu-1",
            "namespace": "models",
            "traffic": "kserve",
            "gpu_pool": None,
            "freeze": [{"from": "2026-12-23T00:00:00Z", "until": "2026-12-24T00:00:00Z", "reason": "rest"}],
            "rollout": {"steps": [5, 100], "min_requests": 5},
            "metrics": {"source": "scrape", "url": "http://127.0.0.1:8801", "labels": {"a": "b"}},
        },
    },
    "release": {
        "apiVersion": "sluicegate.dev/v1",
        "kind": "Release",
        "metadata": {"model": "m", "environment": "e"},
        "tracks": {
            "stable": {"version": 1, "revision": "1f0c" * 10, "digest": DIGEST, "weight": 95},
            "canary": {"version": 2, "revision": "2f0c" * 10, "digest": DIGEST, "weight": 5},
        },
        "started": "2026-11-21T09:15:00Z",
        "since": None,
        "counts": [
            {
                "weight": 1,
                "traffic": {"canary": 1, "stable": 2},
                "tallies": {
                    "error_rate": {
                        "rest": {"requests": 3, "canary": 1, "bad_canary": [0], "bad_stable": [0]},
                        "windows": [{"requests": 1, "canary": 0, "bad_canary": [0], "bad_stable": [1]}],
                    }
                },
            }
        ],
        "history": [{"version": 1, "revision": "1f0c" * 10, "digest": DIGEST}],
        "rejected": [{"version": 1, "digest": DIGEST, "reason": "harm"}],
        "hold": {"since": "2026-11-21T09:15:00Z", "reason": "by hand"},
        "approved": 5,
        "released": 5,
    },
}  # fmt: skip


def loads(kind: str, data: Any) -> bool:
    document = parse(json.dumps(data).encode(), f"{kind}.yaml")
    try:
        if kind == "model":
            load_model(document, gates=gates(), sections=SECTIONS)
        elif kind == "environment":
            load_environment(document)
        else:
            read(document)
    except InputError:
        return False
    return True


def conforms(kind: str, data: Any) -> bool:
    return bool(Draft202012Validator(SCHEMAS[kind]).is_valid(data))


def places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Each collection in the data with each of its keys."""
    keys = list(data) if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else []
    for key in keys:
        yield data, key
        yield from places(data[key])


def changed(kind: str, number: int, value: Any) -> Any:
    """The good example with its number-th value replaced, or taken out where the value is `...`."""
    data = json.loads(json.dumps(GOOD[kind]))
    parent, key = list(places(data))[number]
    if value is ...:
        del parent[key]
    else:
        parent[key] = value
    return data


SIZES = {kind: len(list(places(data))) for kind, data in GOOD.items()}


@pytest.mark.parametrize("kind", GOOD)
def test_the_good_examples_are_good_for_both(kind: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[kind])
    assert loads(kind, GOOD[kind])
    assert conforms(kind, GOOD[kind])


@pytest.mark.parametrize("kind", GOOD)
def test_an_unknown_key_is_refused_by_both_in_every_mapping_of_fields(kind: str) -> None:
    free = {"labels", "tallies", "totals"}
    for number in range(SIZES[kind]):
        data = json.loads(json.dumps(GOOD[kind]))
        parent, key = list(places(data))[number]
        if isinstance(parent[key], dict) and key not in free:
            parent[key]["unknown"] = 1
            assert not conforms(kind, data), key
            assert not loads(kind, data), key


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize("wrong", [True, [[[]]]], ids=repr)
def test_a_wrong_type_is_refused_by_both_everywhere(kind: str, wrong: Any) -> None:
    for number in range(SIZES[kind]):
        data = changed(kind, number, wrong)
        parent, key = list(places(GOOD[kind]))[number]
        assert not conforms(kind, data), (parent, key)
        assert not loads(kind, data), (parent, key)


ODD = [..., None, 0, 1, -1, 3.5, 101, "", "x", "A b", "../x", DIGEST, [], {}, 1e9, "2026-11-21T09:15:00Z"]


@settings(max_examples=150)
@given(st.sampled_from(sorted(GOOD)), st.integers(0, 200), st.sampled_from(ODD))
def test_what_the_loader_accepts_the_schema_accepts(kind: str, number: int, value: Any) -> None:
    data = changed(kind, number % SIZES[kind], value)
    if loads(kind, data):
        assert conforms(kind, data)


@pytest.mark.parametrize("kind", GOOD)
def test_what_must_be_there_must_be_there_for_both(kind: str) -> None:
    for number, (parent, key) in enumerate(list(places(GOOD[kind]))):
        if isinstance(parent, dict):
            data = changed(kind, number, ...)
            assert loads(kind, data) == conforms(kind, data), key


def test_the_metric_of_a_gate_must_be_named_for_both() -> None:
    data = json.loads(json.dumps(GOOD["model"]))
    del data["spec"]["rollout"]["gates"][1]["metric"]
    assert not conforms("model", data)
    assert not loads("model", data)


def test_schemas_describe_themselves_and_are_the_same_each_time() -> None:
    for kind, schema in SCHEMAS.items():
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert schema["$id"].endswith(f"/{kind}.schema.json")
        assert schema["description"]
    rollout = SCHEMAS["model"]["$defs"]["Rollout"]["properties"]
    assert rollout["deadline"]["description"] == "a number and a unit: 90s, 15m, 24h or 7d"
    assert SCHEMAS["model"]["$defs"]["SlowRequests"]["properties"]["over_ms"]["description"].startswith(
        "Milliseconds"
    )
    assert SCHEMAS["model"]["$defs"]["Body"]["properties"]["quality"]["items"] == {"$ref": "#/$defs/Rule"}
    assert schema_text(model_schema(gates(), SECTIONS)) == schema_text(model_schema(gates(), SECTIONS))
    assert json.loads(schema_text(SCHEMAS["model"])) == SCHEMAS["model"]


def test_two_types_of_one_name_are_refused() -> None:
    @dataclass(frozen=True)
    class File:
        """Another File than the model's own."""

        size: int

    with pytest.raises(ValueError, match="File: rename one"):
        model_schema(gates(), {"files": File})


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("environments/environment.schema.json", environment_schema),
        ("environments/release.schema.json", release_schema),
    ],
)
def test_the_committed_schemas_are_those_of_the_types(path: str, schema: Any) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == schema_text(schema()), "write it again: sluice schema"
