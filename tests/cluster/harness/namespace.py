"""The network of one run: a namespace, the node's address on a bridge in it, and a link to the host.

Two runs of different index do not meet, and nothing in the namespace reaches further than the host.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.run import Run, call
from harness.wait import until

BRIDGE = "node0"
"""Holds the node's address; a bridge, because not every kernel has a dummy device."""
SERVICES = "10.96.0.0/16"


@dataclass(frozen=True)
class Node:
    """A real node: a container runtime and a kubelet of its own; both nodes share the network namespace."""

    number: int

    def name(self, run: Run) -> str:
        """Its name in the cluster."""
        return f"node-{run.name}{self.suffix}"

    def address(self, run: Run) -> str:
        """Its address; the second one of the host's link belongs to the host."""
        return run.node if self.number == 1 else f"10.250.{run.index}.{self.number + 1}"

    def daemon(self, name: str) -> str:
        """The name of one of its daemons, which is that of its folder too."""
        return f"{name}{self.suffix}"

    @property
    def pods(self) -> str:
        """The addresses of its pods."""
        return f"10.244.{self.number - 1}.0/24"

    @property
    def suffix(self) -> str:
        """What tells its names from those of the first node."""
        return "" if self.number == 1 else f"-{self.number}"


FIRST, SECOND = Node(1), Node(2)
PODS = FIRST.pods


def node_name(run: Run) -> str:
    """The name of the first real node, which is always there."""
    return FIRST.name(run)


def start(run: Run) -> None:
    """Make the namespace, unless it is there.

    Raises `CommandFailed` with the words of `ip`.
    """
    if present(run):
        return
    host, inside = links(run)
    call(["ip", "netns", "add", run.namespace])
    run.call(["ip", "link", "set", "lo", "up"])
    run.call(["ip", "link", "add", BRIDGE, "type", "bridge"])
    run.call(["ip", "address", "add", f"{run.node}/24", "dev", BRIDGE])
    run.call(["ip", "link", "set", BRIDGE, "up"])
    run.call(["ip", "route", "add", "default", "dev", BRIDGE])
    run.call(["sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"])
    call(["ip", "link", "add", host, "type", "veth", "peer", "name", inside, "netns", run.namespace])
    run.call(["ip", "link", "set", inside, "master", BRIDGE, "up"])
    call(["ip", "address", "add", f"{run.outside}/24", "dev", host])
    call(["ip", "link", "set", host, "up"])


def stop(run: Run) -> None:
    """Remove the namespace and the link; nothing where they are gone."""
    if present(run):
        call(["ip", "netns", "delete", run.namespace])
    host, _ = links(run)
    if device(host):
        call(["ip", "link", "delete", host])
    until(f"the namespace {run.namespace} to go", lambda: not present(run) and not device(host), 10)


def present(run: Run) -> bool:
    """Whether the namespace exists."""
    return Path("/run/netns", run.namespace).exists()


def links(run: Run) -> tuple[str, str]:
    """The two ends of the link: on the host, and in the namespace (at most 15 letters)."""
    return f"sluice{run.index}h", f"sluice{run.index}n"


def device(name: str) -> bool:
    """Whether the host has a network device of that name."""
    return Path("/sys/class/net", name).exists()
