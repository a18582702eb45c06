"""What this machine must have before anything is started, and how to get it; it changes nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from harness import build, containerd, namespace
from harness.run import Run

PROGRAMS = {
    "ip": "iproute2",
    "nsenter": "util-linux",
    "containerd": "containerd",
    "ctr": "containerd",
    "runc": "runc",
    "buildah": "buildah",
    "debootstrap": "debootstrap",
    "busybox": "busybox-static",
    "iptables": "iptables",
    "redis-server": "redis-server",
    "redis-cli": "redis-tools",
    "curl": "curl",
    "git": "git",
}
"""Each program, and the Debian package that brings it."""
PLUGINS = Path("/usr/lib/cni/bridge")
MEMORY = 4 * 2**30
DISK = 10 * 2**30
"""Bytes that must be free: for the pods and processes, and for tools and images."""
SOCKET = 100
"""Letters of the path of a Unix socket: Linux takes 107, and containerd adds an ending."""


class Missing(Exception):
    """This machine lacks what the cluster needs: one line each, with the remedy."""


def require() -> None:
    """Raises `Missing` with all that is missing."""
    if missing := check():
        raise Missing("\n".join(missing))


def check() -> list[str]:
    """One line for each thing that is missing, with how to get it."""
    return [*_rights(), *_programs(), *_kernel(), *_room(), *_taken()]


def _rights() -> Iterator[str]:
    if os.geteuid():
        yield "root is missing: network namespaces and containers need it. Run it as root, or by sudo."


def _programs() -> Iterator[str]:
    try:
        build.version()
    except build.NoGo as error:
        yield str(error)
    packages = {package for program, package in PROGRAMS.items() if _absent(program)}
    if not PLUGINS.exists():
        packages.add("containernetworking-plugins")
    if packages:
        names = " ".join(sorted(packages))
        yield f"programs are missing. Install their Debian packages: apt-get install {names}"


def _absent(program: str) -> bool:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is None


def _kernel() -> Iterator[str]:
    if not Path("/sys/fs/cgroup").is_dir() or not any(Path("/sys/fs/cgroup").iterdir()):
        yield "cgroups are not mounted at /sys/fs/cgroup. Mount them; in a container, start it privileged."
    if "overlay" not in Path("/proc/filesystems").read_text():
        yield "the kernel has no overlayfs. Load it: modprobe overlay"


def _room() -> Iterator[str]:
    free = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    available = int(free["MemAvailable"].split()[0]) * 1024
    if available < MEMORY:
        words = f"{available / 2**30:.1f} GiB of memory are free, {MEMORY / 2**30:.0f} are needed"
        yield f"{words}. End what you do not need."
    place = build.cache_folder()
    while not os.path.exists(place):  # noqa: PTH110 - Path.exists raises where it may not look
        place = place.parent
    if (space := shutil.disk_usage(place).free) < DISK:
        yield (
            f"{space / 2**30:.0f} GiB are free at {place}, {DISK / 2**30:.0f} are needed. "
            "Make room, or give SLUICE_TOOLS_DIR and SLUICE_CLUSTER_DIR another place."
        )


def _taken() -> Iterator[str]:
    """Another run's addresses, and paths that a socket cannot have; a run that is up already is no fault."""
    try:
        run = Run.here()
    except ValueError as error:
        yield str(error)
        return
    host, _ = namespace.links(run)
    if namespace.device(host) and not namespace.present(run):
        yield (
            f"the addresses {run.node} and {run.outside} belong to another run (device {host}). End "
            "that one: `make cluster-down` with its SLUICE_CLUSTER_NAME; "
            "or give SLUICE_CLUSTER_INDEX another number."
        )
    if len(str(path := containerd.socket(run))) > SOCKET:
        yield f"{path} is longer than a socket's {SOCKET} letters. Give SLUICE_CLUSTER_DIR a shorter path."
