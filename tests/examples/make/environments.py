"""Environments, releases and the chart's values beside a model."""

from __future__ import annotations


def environment(name: str, *, traffic: str = "gateway-api", source: str = "prometheus", **more: str) -> str:
    """environment.yaml; `more` are further lines of its spec."""
    gateway = ", gateway: traefik" if source == "prometheus" else ""
    metrics = f'{{source: {source}, url: "http://127.0.0.1:9090"{gateway}}}'
    spec = {"namespace": "models", "traffic": traffic, **more, "metrics": metrics}
    lines = "".join(f"  {key}: {value}\n" for key, value in spec.items())
    return f"apiVersion: sluicegate.dev/v1\nkind: Environment\nmetadata: {{name: {name}}}\nspec:\n{lines}"


def placed(nodes: int = 0) -> dict[str, str]:
    """A cluster environment `production`, with a pool of so many nodes of 4 GPUs."""
    pool = f"{{name: a100, nodes: {nodes}, resources: {{nvidia.com/gpu: 4}}}}"
    more = {"gpu_pool": pool} if nodes else {}
    return {ENVIRONMENT: environment("production", **more)}


CHART_DEFAULTS = """\
engine: ort
traffic: gateway-api
replicas: 2
autoscaling: {kind: none, maxReplicas: 10}
gpu: {kind: none, count: 1, resource: nvidia.com/gpu}
strategy: {kind: RollingUpdate, maxSurge: 1}
"""
"""What gpu-fit reads of the chart's own values."""
SERVED = f"""\
apiVersion: sluicegate.dev/v1
kind: Release
metadata: {{model: "tiny", environment: "production"}}
tracks:
  stable: {{version: 1, revision: "{"1" * 40}", digest: "sha256:{"2" * 64}", weight: 100}}
  canary: null
started: null
since: null
baseline: null
counts: []
history: []
rejected: []
hold: null
"""
"""release.yaml of a version that is served."""
CHART = {"charts/onnx-serving/values.yaml": CHART_DEFAULTS}
ENVIRONMENT = "environments/production/environment.yaml"
VALUES = "environments/production/tiny/values.yaml"
RELEASE = "environments/production/tiny/release.yaml"
IMPOSSIBLE = "{steps: [1, 2, 3, 4, 5, 6, 8, 10, 20, 50, 100], min_requests: 1000000, deadline: 1s}"
"""A rollout that no traffic finishes in time."""
