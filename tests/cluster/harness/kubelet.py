"""kubelet: a real node, whose pods are real containers; a second one for the cases that ask for it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

from harness import certificates, containerd, kube
from harness.namespace import BRIDGE, FIRST, SECOND, Node
from harness.run import Run
from harness.wait import NotYet, until

NAME = "kubelet"
HEALTH = {FIRST: 10248, SECOND: 10348}
"""The port of each node's health, on the loopback that both share."""
DRAIN_SECONDS = 180


def start(run: Run, node: Node = FIRST) -> None:
    """Start a node's kubelet and wait until the node is Ready; raises `NotReady`, `TooSlow`."""
    name = node.daemon(NAME)
    config = run.file(name, "config.json")
    config.write_text(json.dumps(_config(run, node), indent=2))
    Cgroups(run, node).make()
    command: list[str | Path] = [
        run.tool(NAME),
        f"--config={config}",
        f"--kubeconfig={run.kubeconfig}",
        f"--root-dir={run.folder(name, 'root')}",
        f"--cert-dir={run.folder(name, 'pki')}",
        f"--hostname-override={node.name(run)}",
        f"--node-ip={node.address(run)}",
    ]
    run.start(name, command, ready=partial(run.listening, name, HEALTH[node]))
    until_ready(run, node=node)


def second(run: Run) -> Node:
    """Start a second real node, with the images of the first; pods may be scheduled to it from then on.

    Raises `NotReady`, `TooSlow`, `CommandFailed`.
    """
    addresses = run.call(["ip", "-4", "address", "show", "dev", BRIDGE])
    if f"{SECOND.address(run)}/" not in addresses:
        run.call(["ip", "address", "add", f"{SECOND.address(run)}/24", "dev", BRIDGE])
    containerd.start(run, SECOND)
    containerd.copy_images(run, FIRST, SECOND)
    if run.running(SECOND.daemon(NAME)):
        uncordon(run, SECOND)
    start(run, SECOND)
    return SECOND


def drain(run: Run, node: Node) -> None:
    """Evict every pod of a node, as budgets allow it, and keep new ones away; raises `CommandFailed`."""
    _kubectl(
        run,
        "drain",
        node.name(run),
        "--ignore-daemonsets",
        "--delete-emptydir-data",
        f"--timeout={DRAIN_SECONDS}s",
    )


def uncordon(run: Run, node: Node) -> None:
    """Let pods be scheduled to a node again; raises `CommandFailed`."""
    _kubectl(run, "uncordon", node.name(run))


def remove(run: Run, node: Node) -> None:
    """Drain a node, end its kubelet and its containerd, and forget it; nothing where it does not run."""
    if run.running(node.daemon(NAME)):
        drain(run, node)
    run.stop(node.daemon(NAME))
    run.stop(node.daemon(containerd.NAME))
    kube.api(run).delete("v1", "Node", node.name(run))


def until_ready(run: Run, seconds: float = 90, node: Node = FIRST) -> None:
    """Wait until a node is Ready; raises `TooSlow` with the condition's own message."""
    client = kube.api(run)

    def ready() -> bool:
        found = client.find("v1", "Node", node.name(run))
        conditions = (found or {}).get("status", {}).get("conditions", [])
        condition: dict[str, Any] = next((each for each in conditions if each["type"] == "Ready"), {})
        if condition.get("status") != "True":
            raise NotYet(condition.get("message", "no such node yet"))
        return True

    until(f"the node {node.name(run)} to be Ready", ready, seconds, tolerate=kube.UNREACHABLE)


class Cgroups:
    """The run's own part of the cgroup tree, so that two kubelets on one machine do not share one.

    That of the second node is below the first one's, so that whoever looks at a run's finds both.
    """

    def __init__(self, run: Run, node: Node = FIRST) -> None:
        top = Path("/sys/fs/cgroup")
        self.unified = (top / "cgroup.controllers").exists()
        controllers = [top] if self.unified else [each for each in top.iterdir() if each.is_dir()]
        self.roots = [each / self.path(run, node).lstrip("/") for each in controllers]

    @staticmethod
    def path(run: Run, node: Node) -> str:
        """The cgroup of a node, as its kubelet is told it."""
        return f"/{run.namespace}" if node == FIRST else f"/{run.namespace}/{node.daemon('node')}"

    def make(self) -> None:
        """Make the run's cgroup in every hierarchy."""
        for root in self.roots:
            root.mkdir(exist_ok=True)
            if self.unified:
                every = (root.parent / "cgroup.controllers").read_text().split()
                for place in (root.parent, root):
                    (place / "cgroup.subtree_control").write_text(" ".join(f"+{each}" for each in every))
            for name in ("cpuset.cpus", "cpuset.mems"):
                if not self.unified and (root / name).exists():
                    (root / name).write_text((root.parent / name).read_text())

    def pids(self) -> list[int]:
        """The processes in it: what runs in the run's containers."""
        found: set[int] = set()
        for root in self.roots:
            for file in root.rglob("cgroup.procs"):
                found |= set(map(int, file.read_text().split()))
        return sorted(found)

    def remove(self) -> None:
        """Remove it; what still has a process in it raises `OSError`."""
        for root in self.roots:
            if root.exists():
                for each in sorted(filter(Path.is_dir, root.rglob("*")), reverse=True):
                    each.rmdir()
                root.rmdir()


def _kubectl(run: Run, *arguments: str) -> str:
    return run.call(
        [run.tool("kubectl"), f"--kubeconfig={run.kubeconfig}", *arguments], seconds=DRAIN_SECONDS + 30
    )


def _config(run: Run, node: Node) -> dict[str, object]:
    socket, name = f"unix://{containerd.socket(run, node)}", node.daemon(NAME)
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": node.address(run),
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": False},
            "x509": {"clientCAFile": str(certificates.file(run, "ca.crt"))},
        },
        "authorization": {"mode": "AlwaysAllow"},
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": Cgroups.path(run, node),
        "containerRuntimeEndpoint": socket,
        "imageServiceEndpoint": socket,
        "clusterDNS": [],
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,
        "failCgroupV1": False,
        "failSwapOn": False,
        "localStorageCapacityIsolation": False,
        "healthzBindAddress": "127.0.0.1",
        "healthzPort": HEALTH[node],
        "maxPods": 200,
        "nodeStatusUpdateFrequency": "5s",
        "oomScoreAdj": 0,
        "podCIDR": node.pods,
        "podLogsDir": str(run.folder(name, "logs")),
        "resolvConf": "",
        "volumePluginDir": str(run.folder(name, "plugins")),
    }
