"""model.yaml and environment.yaml of small models, as bytes; each argument is what a test is about."""

from __future__ import annotations

import hashlib
from textwrap import dedent


def digest(text: str) -> str:
    """A sha256 digest as the files write it, of a text that stands for an artifact's bytes."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def artifact_digest(model: str, version: int) -> str:
    """The digest that `model_yaml` pins for this version."""
    return digest(f"{model} {version}")


def model_yaml(
    name: str = "m", version: int = 1, margin: float = 0.01, steps: str = "[5, 50, 100]", extra: str = ""
) -> bytes:
    """A regression model with one input, one output and one gate; `extra` lines go below `spec`."""
    pinned = artifact_digest(name, version)
    text = dedent(f"""\
        apiVersion: sluicegate.dev/v1
        kind: Model
        metadata: {{name: {name}, owners: ["@team"]}}
        spec:
          version: {version}
          task: regression
          artifact: {{path: model.onnx, sha256: "{pinned}"}}
          signature:
            inputs: [{{name: x, dtype: float32, shape: [batch, 1]}}]
            outputs: [{{name: y, dtype: float32, shape: [batch]}}]
          data:
            reference: {{path: data/r.parquet, sha256: "{pinned}"}}
            evaluation: {{path: data/e.parquet, sha256: "{pinned}"}}
            label: y
          rollout:
            steps: {steps}
            gates: [{{metric: error_rate, margin: {margin}}}]
        """)
    return (text + extra).encode()


def environment_yaml(
    name: str,
    *,
    namespace: str | None = None,
    traffic: str = "embedded",
    gateway: str | None = None,
    after: str | None = None,
    url: str = "http://127.0.0.1:1",
    smoke: bool = False,
    require: str = "[]",
    extra: str = "",
) -> bytes:
    """An environment, by default of the embedded runtime and in a namespace of its name.

    With a `gateway`, `url` is the Prometheus that knows it, else the gateway to scrape. Without `smoke` a
    version gets traffic without a smoke test, which would load its model, and it starts without a verdict
    unless `require` asks for one. `extra` lines go below `spec`.
    """
    source = "source: scrape" if gateway is None else f"source: prometheus, gateway: {gateway}"
    text = dedent(f"""\
        apiVersion: sluicegate.dev/v1
        kind: Environment
        metadata: {{name: {name}}}
        spec:
          namespace: {namespace or name}
          traffic: {traffic}
          require: {require}
        """)
    if not smoke:
        text += "  smoke: false\n"
    if after is not None:
        text += f"  after: {after}\n"
    text += f'  metrics: {{{source}, url: "{url}"}}\n'
    return (text + extra).encode()
