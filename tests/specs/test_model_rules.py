from __future__ import annotations

from dataclasses import replace

import pytest

from sluicegate.gate.metrics.base import gates
from sluicegate.specs.model_file import load_model
from sluicegate.specs.model_rules import broken_rules
from sluicegate.specs.yamlio import InputError, parse

DIGEST = "sha256:" + "5f" * 32
MODEL = f"""\
apiVersion: sluicegate.dev/v1
kind: Model
metadata: {{name: m, owners: [me]}}
spec:
  version: 1
  task: regression
  artifact: {{path: a.onnx, sha256: "{DIGEST}"}}
  signature:
    inputs: [{{name: x, dtype: float32, shape: [batch, 2], columns: [a, b]}}]
    outputs: [{{name: y, dtype: float32, shape: [batch]}}]
  score: {{output: y, edges: [0.1, 0.5]}}
  decision: {{output: y, threshold: 0.2}}
  data:
    reference: {{path: r.csv, sha256: "{DIGEST}"}}
    evaluation: {{path: e.csv, sha256: "{DIGEST}"}}
    label: late
  waivers: [{{check: latency, reason: slow, until: 2027-01-31}}]
  rollout:
    steps: [1, 5, 100]
    gates:
      - {{metric: error_rate, margin: 0.01}}
      - {{metric: score_drift, margin: 0.1}}
"""


def broken(text: str) -> list[str]:
    try:
        load_model(parse(text.encode(), "models/m/model.yaml"), gates=gates(), sections=None)
    except InputError as error:
        return [str(problem).removeprefix("models/m/model.yaml:") for problem in error.problems]
    return []


def test_a_model_that_keeps_every_rule() -> None:
    assert broken(MODEL) == []


def test_a_gate_is_compared_at_one_step_at_least() -> None:
    slow = "{metric: slow_requests, over_ms: 50, margin: 0.1, from_weight: "
    drift = "{metric: score_drift, margin: 0.1}"
    assert broken(MODEL.replace(drift, slow + "5}")) == []
    (said,) = broken(MODEL.replace(drift, slow + "6}"))
    assert "from_weight: no step below 100 % has 6 %, so it would compare nothing; write at most 5" in said


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("name: m,", "name: n,", "3:18: metadata.name: is called 'n' in the directory 'm'; "),
        ("[1, 5, 100]", "[1, 100, 5]", "19:21: spec.rollout.steps[2]: 5 comes after 100; "),
        ("[1, 5, 100]", "[1, 5, 50]", "19:19: spec.rollout.steps[2]: the last step is 50, not 100; "),
        ("[0.1, 0.5]", "[0.5, 0.1]", "11:35: spec.score.edges[1]: 0.1 comes after 0.5; "),
        ("decision: {output: y", "decision: {output: z", "12:22: spec.decision.output: the signature has no "
            "output 'z'; name one of y"),
        ("score: {output: y", "score: {output: z", "11:19: spec.score.output: the signature has no "),
        ("[batch, 2]", "[batch, 1]", "9:68: spec.signature.inputs[0].columns: 2 columns are named, and a row "
            "of shape ['batch', 1] has 1 numbers; name as many as it has, or correct the shape"),
        ("[batch, 2]", "[batch]", "9:65: spec.signature.inputs[0].columns: 2 columns are named, and a row "
            "of shape ['batch'] has 1 numbers; "),
        ("[batch, 2]", "[]", "9:60: spec.signature.inputs[0].columns: 2 columns are named, and a row of "
            "shape [] has 0 numbers; "),
        ("decision: {output: y", "decision: {output: y, column: 1", "12:33: spec.decision.column: 'y' has 1 "
            "numbers a row, counted from 0; name one of them"),
        ("decision: {output: y", "decision: {output: y, class: late", "12:32: spec.decision.class: there is "
            "no class 'late': none are declared in spec.classes; name one of `classes`"),
        ("  version: 1\n", "  version: 1\n  classes: [a, a]\n", "6:16: spec.classes[1]: the class 'a' is "
            "given twice; name each class once"),
        ("task: regression", "task: ranking", "13:3: spec.data: a ranking is judged by query, and no column "
            "says which one a row belongs to; name it: data: {group: query}"),
        ("[a, b]", "[a, a]", "9:72: spec.signature.inputs[0].columns[1]: the column 'a' is given twice; "),
        ("name: y", "name: x", "10:22: spec.signature.outputs[0].name: 'x' is given twice; name each "),
        ("score_drift", "error_rate", "22:18: spec.rollout.gates[1].metric: there are two gates "),
        ("score_drift, margin: 0.1}", "latency_quantile, quantile: 0.95}\n"
            "      - {metric: latency_quantile, quantile: 0.95}", "23:18: spec.rollout.gates[2].metric: "),
        ("  score: {output: y, edges: [0.1, 0.5]}\n", "", "21:9: spec.rollout.gates[1]: score_drift watches "
            "a score, and the model declares none; declare spec.score"),
        ("2027-01-31", "2027-02-31", "17:51: spec.waivers[0].until: 2027-02-31 is not a day of the calendar; "
            "write one: 2027-01-31"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_named_at_its_line(old: str, new: str, expected: str) -> None:
    assert MODEL.count(old) == 1
    found = broken(MODEL.replace(old, new))
    assert [line for line in found if line.startswith(expected)], found


def test_one_gate_at_least_has_to_decide() -> None:
    shown = MODEL.replace("error_rate, margin: 0.01", "latency_quantile, quantile: 0.95")
    alone = shown.replace("      - {metric: score_drift, margin: 0.1}\n", "")
    assert broken(shown) == []
    (problem,) = broken(alone)
    assert problem.startswith("21:7: spec.rollout.gates: every entry is shown only, and none decides; ")


def test_rules_look_at_the_model_and_only_take_positions_from_the_document() -> None:
    document = parse(MODEL.encode(), "models/m/model.yaml")
    model = load_model(document, gates=gates(), sections=None)
    renamed = replace(model, name="n")
    assert [problem.where for problem in broken_rules(renamed, document)] == ["metadata.name"]
