"""Hollow nodes for scale: every pod that is bound to one turns Ready, though nothing runs."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from harness import kube
from harness.run import Run
from harness.wait import NotYet, until

NAME = "kwok"
TAINT = {"key": "kwok.x-k8s.io/node", "value": "fake", "effect": "NoSchedule"}
"""Keeps real pods away; a pod for a hollow node tolerates it and selects `LABEL`."""
LABEL = {"type": "kwok"}
PREFIX = "hollow-"
"""What the names of hollow nodes begin with."""
PORT = 10247


def start(run: Run, nodes: int = 5, pods: int = 250) -> None:
    """Start kwok and `nodes` hollow nodes for `pods` pods each; wait until they are Ready.

    They say nothing about readiness or traffic. Raises `NotReady`, `TooSlow`.
    """
    command: list[str | Path] = [
        run.tool(NAME),
        f"--kubeconfig={run.kubeconfig}",
        "--manage-all-nodes=false",
        "--manage-nodes-with-label-selector=type=kwok",
        "--node-lease-duration-seconds=40",
        "--cidr=10.245.0.1/16",
        "--node-ip=127.0.0.1",
        f"--server-address=127.0.0.1:{PORT}",
    ]
    run.start(NAME, command, ready=partial(run.listening, NAME, PORT))
    client = kube.api(run)
    names = [f"{PREFIX}{number}" for number in range(nodes)]
    client.apply_all(_node(name, pods) for name in names)

    def all_ready() -> bool:
        selector = ",".join("=".join(each) for each in LABEL.items())
        ready = {
            each["metadata"]["name"] for each in client.list("v1", "Node", labels=selector) if _ready(each)
        }
        if waiting := set(names) - ready:
            raise NotYet(f"not Ready: {', '.join(sorted(waiting))}")
        return True

    until(f"{nodes} hollow nodes to be Ready", all_ready, 60)


def stop(run: Run) -> None:
    """Remove the hollow nodes and end kwok."""
    client = kube.api(run)
    for node in client.list("v1", "Node", labels="type=kwok"):
        client.delete("v1", "Node", node["metadata"]["name"])
    run.stop(NAME)


def _ready(node: kube.Object) -> bool:
    conditions = node.get("status", {}).get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _node(name: str, pods: int) -> kube.Object:
    room = {"cpu": "64", "memory": "256Gi", "pods": str(pods)}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {**LABEL, "kubernetes.io/hostname": name, "kubernetes.io/os": "linux"},
        },
        "spec": {"taints": [TAINT]},
        "status": {"allocatable": room, "capacity": room},
    }
