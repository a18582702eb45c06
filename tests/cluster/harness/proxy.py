"""kube-proxy: service addresses, inside the namespace only. Started once there is a node."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from harness.namespace import PODS, node_name
from harness.run import Run

NAME = "kube-proxy"
HEALTH = 10256


def start(run: Run) -> None:
    """Start kube-proxy and wait until it serves its health; raises `NotReady`."""
    command: list[str | Path] = [
        run.tool(NAME),
        f"--kubeconfig={run.kubeconfig}",
        f"--hostname-override={node_name(run)}",
        f"--cluster-cidr={PODS}",
        # Two pods are on one bridge: without it the answer would go past the address translation.
        "--masquerade-all",
        "--conntrack-max-per-core=0",
        "--conntrack-tcp-timeout-established=0",
        "--conntrack-tcp-timeout-close-wait=0",
        f"--healthz-bind-address=127.0.0.1:{HEALTH}",
        "--metrics-bind-address=127.0.0.1:10249",
    ]
    run.start(NAME, command, ready=partial(run.listening, NAME, HEALTH))
