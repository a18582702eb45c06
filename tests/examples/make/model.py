"""The directory of one model, and the sections of its model.yaml."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from examples.make.graphs import COLUMNS, graph
from examples.make.tables import EVALUATION, REFERENCE

MODEL = graph()


def manifest(
    files: Mapping[str, bytes],
    *,
    version: int = 2,
    quality: str = "",
    more: str = "",
    data: str = "",
    rollout: str = "",
    score: str = "",
    outputs: str = "",
    gates: str = "",
    precision: str = "",
) -> bytes:
    """model.yaml for these files."""
    pins = {name: f"sha256:{hashlib.sha256(data).hexdigest()}" for name, data in files.items()}
    return f"""\
apiVersion: sluicegate.dev/v1
kind: Model
metadata:
  name: tiny
  owners: ["@example/owners"]
spec:
  version: {version}
  task: binary-classification
  artifact: {{path: model.onnx, sha256: "{pins["model.onnx"]}"}}
  signature:
    inputs: [{{name: features, dtype: float32, shape: [batch, 3], columns: [{", ".join(COLUMNS)}]}}]
    outputs: [{outputs or "{name: probability, dtype: float32, shape: [batch]}"}]
  decision: {{output: probability, threshold: 0.5}}
  score: {{output: {score or "probability"}}}
  data:
    reference: {{path: reference.csv, sha256: "{pins["reference.csv"]}"}}
    evaluation: {{path: evaluation.csv, sha256: "{pins["evaluation.csv"]}"}}
    label: late
    segments: [site]
{data}  quality:
{quality or "    - {metric: roc_auc, at_least: 0.7}"}
{more}  serving: {{engine: ort{precision and f", precision: {precision}"}}}
  rollout:
    steps: [1, 100]
    gates: [{{metric: error_rate, margin: 0.01}}{gates}]
{rollout or "    traffic: 100"}
""".encode()


def model(
    onnx: bytes = MODEL, reference: bytes = REFERENCE, evaluation: bytes = EVALUATION, **said: Any
) -> dict[str, bytes]:
    """The files of one model's directory."""
    files = {"model.onnx": onnx, "reference.csv": reference, "evaluation.csv": evaluation}
    return {"model.yaml": manifest(files, **said), **files}


RULES = "    - {metric: roc_auc, not_worse_than: production, margin: 0.02}"
BY_SITE = "    - {metric: recall, not_worse_than: production, margin: 0.1, per: site, min_positives: 50}"
PLAIN = model()
TEXT = PLAIN["model.yaml"]
BEFORE = model(graph((1.4, -1.0, 0.5)), version=1)


def watching(above: float) -> str:
    """One more gate: this share of the reference's sizes is declared to lie above 0."""
    return f", {{metric: input_drift, columns: {{size: {{edges: [0], reference: [{above}]}}}}}}"


def expecting(kind: str, text: str) -> str:
    """A section `tests` with one case."""
    return f"  tests:\n    {kind}:\n      - {text}\n"


ROW = "{size: 0, age: 0, hour: 0}"
OLDER = "{name: age lowers it, change: {column: age, add: 1}, score: falls}"
EXPECTED = f"""\
  tests:
    golden:
      - {{name: nothing known, inputs: {ROW}, expect: {{probability: 0.5}}}}
    invariant:
      - {{name: a second, change: {{column: hour, add: 0.0003}}, tolerance: 0.001}}
    directional:
      - {OLDER}
    must_answer:
      - {{name: extremes, change: {{column: size, to: [-1000000, 1000000]}}}}
"""
"""One expectation of each kind, which the model fulfils."""


def declared(**columns: str) -> str:
    """What model.yaml says of these columns."""
    lines = "".join(f"      {name}: {rule}\n" for name, rule in columns.items())
    return f"    columns:\n{lines}"
