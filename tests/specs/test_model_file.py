from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import pytest

from sluicegate.gate.metrics.base import gates
from sluicegate.gate.metrics.error_rate import ErrorRate
from sluicegate.gate.metrics.score_drift import ScoreDrift
from sluicegate.gate.metrics.slow_requests import SlowRequests
from sluicegate.specs.model import Body, DecisionRule, File, Metadata, ModelSpec, Score, Serving
from sluicegate.specs.model_file import load_model
from sluicegate.specs.policy import Gate
from sluicegate.specs.yamlio import InputError, parse

PATH = "models/flight-delay/model.yaml"
DIGEST = "sha256:" + "5f" * 32
MODEL = f"""\
apiVersion: sluicegate.dev/v1
kind: Model
metadata:
  name: flight-delay
  owners: ["@data-science/flights"]
spec:
  version: 3
  task: binary-classification
  artifact: {{path: model.onnx, sha256: "{DIGEST}"}}
  signature:
    inputs:  [{{name: features, dtype: float32, shape: [batch, 3], columns: [hour, distance, carrier]}}]
    outputs: [{{name: probability, dtype: float32, shape: [batch]}}]
  decision: {{output: probability, threshold: 0.2}}
  score: {{output: probability, edges: [0.1, 0.5]}}
  data:
    reference:  {{path: data/reference.parquet, sha256: "{DIGEST}"}}
    evaluation: {{path: data/evaluation.parquet, sha256: "{DIGEST}"}}
    label: late
    segments: [carrier]
  waivers:
    - {{check: latency, reason: a slower machine, until: 2027-01-31}}
  rollout:
    steps: [1, 5, 100]
    gates:
      - {{metric: error_rate, margin: 0.01}}
      - {{metric: slow_requests, over_ms: 50, margin: 0.02}}
      - {{metric: score_drift, margin: 0.1}}
    deadline: 2h
  speed: {{p95_ms: 20}}
"""


@dataclass(frozen=True)
class Speed:
    """A section that a check declares."""

    p95_ms: float
    """Milliseconds."""


SECTIONS: dict[str, Any] = {"speed": Speed}


def load(text: str, sections: dict[str, Any] | None = SECTIONS, path: str = PATH) -> Any:
    return load_model(parse(text.encode(), path), gates=gates(), sections=sections)


def problems(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(text)
    return [line.removeprefix(PATH + ":") for line in str(caught.value).splitlines()]


def test_a_model_as_its_owner_writes_it() -> None:
    model = load(MODEL)
    assert (model.name, model.owners, model.version) == ("flight-delay", ("@data-science/flights",), 3)
    assert model.artifact == File("model.onnx", DIGEST)
    assert model.signature.inputs[0].shape == ("batch", 3)
    assert model.signature.inputs[0].columns == ("hour", "distance", "carrier")
    assert model.decision == DecisionRule("probability", threshold=0.2)
    assert model.score == Score("probability", edges=(0.1, 0.5))
    assert model.serving == Serving()
    assert model.rollout.steps == (1, 5, 100)
    assert model.rollout.gates == (ErrorRate(0.01), SlowRequests(50, 0.02), ScoreDrift(0.1))
    assert model.rollout.min_requests == 20
    assert model.sections == {"speed": Speed(20.0)}
    assert model.rollout.gates[2].gate(model) == Gate("score_drift", 0.1, two_sided=True, kinds=2)


def test_sections_not_judged_here_are_kept_as_they_are() -> None:
    text = MODEL + "  quality: [{metric: roc_auc}]\n"
    assert load(text, None).sections == {"speed": {"p95_ms": 20}, "quality": [{"metric": "roc_auc"}]}
    assert replace(load(text, None), sections={}) == replace(load(MODEL), sections={})


def test_a_section_may_be_left_out() -> None:
    assert load(MODEL.replace("  speed: {p95_ms: 20}\n", "")).sections == {}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "  version: 3\n",
            "",
            ["6:1: spec: version is missing; add it: a whole number, rising with every change"],
        ),
        ("version: 3", "version: 0", ["7:12: spec.version: should be greater than or equal to 1, not 0; "]),
        ("version: 3", 'version: "3"', ['7:12: spec.version: should be a valid integer, not "3"; ']),
        ("version: 3", "version: 3.0", ["7:12: spec.version: should be a valid integer, not 3.0; "]),
        ("version: 3", "version: true", ["7:12: spec.version: should be a valid integer, not true; "]),
        (
            "  version: 3",
            "  verzion: 3",
            ["6:1: spec: version is missing; ", "7:3: spec.verzion: no such key; did you mean version?"],
        ),
        ("kind: Model", "kind: model", ["2:7: kind: should be 'Model', not \"model\"; did you mean Model?"]),
        (
            "dev/v1",
            "dev/v2",
            ["1:13: apiVersion: should be 'sluicegate.dev/v1', not \"sluicegate.dev/v2\"; "],
        ),
        (
            "binary-class",
            "binary-klass",
            [
                "8:9: spec.task: should be 'binary-classification', 'multiclass-classification', "
                "'multi-label', 'regression', 'forecasting', 'ranking', 'retrieval', 'token-tagging', "
                "'detection' or 'language-model', "
                'not "binary-klassification"; '
                "did you mean binary-classification?"
            ],
        ),
        (
            "binary-classification",
            "segmentation",
            [
                "8:9: spec.task: should be 'binary-classification', 'multiclass-classification', "
                "'multi-label', 'regression', 'forecasting', 'ranking', 'retrieval', 'token-tagging', "
                "'detection' or 'language-model', "
                'not "segmentation"; judge it as '
                "`regression` of one number a row that the graph computes, such as the overlap"
            ],
        ),
        ('["@data-science/flights"]', "[]", ["5:11: metadata.owners: "]),
        (
            '["@data-science/flights"]',
            "[7]",
            ["5:12: metadata.owners[0]: should be a valid string, not 7; put it in quotes"],
        ),
        (
            "path: model.onnx",
            "path: ../model.onnx",
            ['9:20: spec.artifact.path: "../model.onnx" has the wrong form; write a file in the model\'s '],
        ),
        ("path: model.onnx", "path: a/../../model.onnx", ["9:20: spec.artifact.path: "]),
        ("path: model.onnx", "path: /etc/passwd", ["9:20: spec.artifact.path: "]),
        ("path: model.onnx", "path: .git/config", ["9:20: spec.artifact.path: "]),
        (
            f'sha256: "{DIGEST}"}}\n  sig',
            "sha256: 1234}\n  sig",
            ["9:40: spec.artifact.sha256: should be a valid string, not 1234; put it in quotes"],
        ),
        (
            "shape: [batch, 3]",
            "shape: [batch, 0]",
            [
                "11:63: spec.signature.inputs[0].shape[1]: should be greater than or "
                "equal to 1 or should be a valid string, not 0; write a whole number of at least 1, or a name"
            ],
        ),
        (
            "dtype: float32, shape: [batch]",
            "dtype: float31, shape: [batch]",
            ["12:42: spec.signature.outputs[0].dtype: "],
        ),
        (
            "threshold: 0.2",
            "threshold: .nan",
            ["13:46: spec.decision.threshold: .nan is not a finite number; "],
        ),
        (
            "  data:\n",
            "  data:\n    owner: me\n",
            ["16:5: spec.data.owner: no such key; remove it; known here: columns, evaluation, group, "],
        ),
        (
            "score: {output: probability, edges: [0.1, 0.5]}",
            "score: 5",
            ["14:10: spec.score: should be an object, not 5; "],
        ),
        (
            "metric: error_rate",
            "metric: error_rates",
            [
                "25:18: spec.rollout.gates[0].metric: no metric is called 'error_rates'; "
                "did you mean error_rate?"
            ],
        ),
        (
            "metric: error_rate",
            "metric: zebra",
            [
                "25:18: spec.rollout.gates[0].metric: no metric is called 'zebra'; choose another; "
                "known here: cost, counter, delayed_labels, error_rate, input_drift, latency_quantile, "
                "score_drift, shadow, slow_requests"
            ],
        ),
        (
            "metric: error_rate, ",
            "",
            ["25:9: spec.rollout.gates[0]: metric is missing; add it, one of cost, "],
        ),
        (
            "metric: error_rate, margin: 0.01",
            "metric: error_rate",
            ["25:9: spec.rollout.gates[0]: margin is missing; add it: the most extra failed requests "],
        ),
        (
            "margin: 0.01",
            "margin: 1",
            ["25:38: spec.rollout.gates[0].margin: should be less than 1, not 1; "],
        ),
        (
            "margin: 0.01",
            "margin: 0",
            ["25:38: spec.rollout.gates[0].margin: should be greater than 0, not 0; "],
        ),
        (
            "margin: 0.01",
            "margins: 0.01",
            ["25:9: ", "25:30: spec.rollout.gates[0].margins: no such key; did you mean margin?"],
        ),
        (
            "over_ms: 50",
            "over_ms: 60",
            [
                "26:42: spec.rollout.gates[1].over_ms: should be 5, 10, 20, 50, 100, 200, "
                "500, 1000 or 2000, not 60; "
            ],
        ),
        (
            "deadline: 2h",
            "deadline: 2 hours",
            ['28:15: spec.rollout.deadline: "2 hours" has the wrong form; write a number and a unit: '],
        ),
        (
            "p95_ms: 20",
            "p95: 20",
            ["29:3: spec.speed: p95_ms is missing; ", "29:11: spec.speed.p95: no such key; "],
        ),
        (
            "p95_ms: 20",
            "p95_ms: fast",
            ['29:19: spec.speed.p95_ms: should be a valid number, not "fast"; write milliseconds'],
        ),
        ("  speed:", "  spead:", ["29:3: spec.spead: no such key; "]),
    ],
)
def test_what_is_refused_says_where_and_how_to_fix_it(old: str, new: str, expected: list[str]) -> None:
    assert MODEL.count(old) == 1
    found = problems(MODEL.replace(old, new))
    assert len(found) == len(expected), found
    for line, start in zip(found, expected, strict=True):
        assert line.startswith(start)


def test_a_type_that_the_protocol_lacks_is_refused_with_what_to_do() -> None:
    for line in problems(MODEL.replace("dtype: float32", "dtype: bfloat16")):
        assert line.endswith(
            'not "bfloat16"; cast at the graph\'s edges: float32 in and out, bfloat16 within'
        )


def test_every_finding_at_once_in_the_order_of_the_lines() -> None:
    text = (
        MODEL.replace("version: 3", "version: x")
        .replace("over_ms: 50", "over_ms: 51")
        .replace("p95_ms: 20", "p95_ms: y")
    )
    found = problems(text.replace("label: late", "lable: late"))
    assert [int(line.split(":")[0]) for line in found] == [7, 15, 18, 26, 29]


def test_a_rollout_without_a_gate_is_refused() -> None:
    start, rest = MODEL.split("    gates:\n")
    none = start + "    deadline: 2h\n"
    assert problems(none) == [
        "22:3: spec.rollout: gates is missing; "
        "add it: what must hold for the next step, at least one; see gate/metrics/"
    ]
    assert problems(none + "    gates: []\n")[0].startswith("25:12: spec.rollout.gates: ")
    assert rest


@pytest.mark.parametrize("text", ["[]", "5", "null", "spec: 5", "spec: {rollout: 7}", "{}"])
def test_what_is_not_a_model_at_all(text: str) -> None:
    assert problems(text)


def test_the_text_itself_is_judged_first() -> None:
    assert problems(MODEL + "  speed: {p95_ms: 30}\n") == [
        "30:3: spec.speed: the key is given twice (first in line 29); keep one of them"
    ]


def test_the_rules_between_the_parts_are_checked_in_the_order_of_the_lines() -> None:
    text = MODEL.replace("[1, 5, 100]", "[1, 5, 50]").replace("until: 2027-01-31", "until: 2027-02-31")
    assert [line.split(": ")[1] for line in problems(text)] == [
        "spec.waivers[0].until",
        "spec.rollout.steps[2]",
    ]


def test_a_spec_is_the_metadata_and_the_body_of_its_file() -> None:
    """Each field is declared once: what the file holds is what is read."""
    read = {field.name for field in fields(ModelSpec)}
    assert read == {field.name for part in (Metadata, Body) for field in fields(part)} | {"sections"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("edges: [0.1, 0.5]", "edges: []"),
        ("version: 3", "version: 2147483648"),
        ("shape: [batch, 3]", "shape: [batch, 2147483648]"),
        ("shape: [batch]", f"shape: [{', '.join(['1'] * 17)}]"),
    ],
)
def test_what_no_server_takes_is_refused_before_it_is_released(old: str, new: str) -> None:
    assert MODEL.count(old) == 1
    assert problems(MODEL.replace(old, new))
