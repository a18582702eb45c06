"""Decoders that say another thing with their cache than without."""

from __future__ import annotations

import hashlib
from pathlib import Path

from examples.make.graphs import forgetful_decoder
from examples.make.tables import documents
from examples.make.write import write


def examples(bad: Path) -> None:
    """Write them below `bad`."""
    files = {"model.onnx": forgetful_decoder()}
    files |= {"reference.npz": documents(1), "evaluation.npz": documents(2)}
    pins = {name: f"sha256:{hashlib.sha256(data).hexdigest()}" for name, data in files.items()}
    text = f"""\
apiVersion: sluicegate.dev/v1
kind: Model
metadata:
  name: tiny
  owners: ["@example/owners"]
spec:
  version: 2
  task: language-model
  artifact: {{path: model.onnx, sha256: "{pins["model.onnx"]}"}}
  signature:
    inputs:
      - {{name: ids, dtype: int64, shape: [batch, tokens]}}
      - {{name: past, dtype: float32, shape: [batch, past, 6]}}
    outputs:
      - {{name: logits, dtype: float32, shape: [batch, tokens, 6]}}
      - {{name: present, dtype: float32, shape: [batch, all, 6]}}
  inputs: {{past: {{cache: present}}}}
  data:
    reference: {{path: reference.npz, sha256: "{pins["reference.npz"]}"}}
    evaluation: {{path: evaluation.npz, sha256: "{pins["evaluation.npz"]}"}}
    label: ids
  quality:
    - {{metric: perplexity, at_most: 20}}
  rollout:
    steps: [1, 100]
    gates: [{{metric: error_rate, margin: 0.01}}]
    traffic: 100
"""
    write(
        bad / "decoder-cache/cache-is-not-read",
        verdict="fail",
        says="token by token the logits differ from the whole pass",
        candidate={"model.yaml": text.encode(), **files},
    )
