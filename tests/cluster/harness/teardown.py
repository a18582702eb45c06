"""The end of a run: every process by its pid, then mounts, cgroups, network and folder."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness import containerd, namespace, process
from harness.kubelet import Cgroups
from harness.namespace import FIRST, SECOND
from harness.process import Record
from harness.run import CommandFailed, Run, call
from harness.wait import NotYet, until

GRACE = 5.0
"""How long a daemon or a container may take to end after SIGTERM, in seconds."""
RESULTS = Path("/var/lib/cni/results")
LINKS = Path("/var/log/containers")
NODES = (FIRST, SECOND)


def stop(run: Run) -> None:
    """Stop all of a run and remove what it left; what is gone already is no error, so it can be run again.

    Raises `TooSlow` where a process outlives SIGKILL, or a mount or cgroup stays.
    """
    halt(run)
    _end(left(run), 0.5)
    namespace.stop(run)
    _forget_pods(run)
    if run.root.exists():
        shutil.rmtree(run.root)


def halt(run: Run, *, besides: Sequence[str] = ()) -> None:
    """End every daemon but those named in `besides`, and every container; files and network stay.

    Raises `TooSlow` like `stop`.
    """
    runtimes = [node.daemon(containerd.NAME) for node in NODES]
    for name in run.daemons():
        if name not in (*runtimes, *besides):
            run.stop(name, grace=GRACE)
    # Before containerd, so that the shims see their containers end and have nothing left to wait for.
    _end(Cgroups(run).pids())
    for name in runtimes:
        run.stop(name, grace=GRACE)
    _end([pid for pid in _all() if _shim(pid, run)], 0.5)  # a shim takes no notice of SIGTERM
    unmount(run)
    cgroups = Cgroups(run)
    until(f"the cgroups of {run.namespace} to empty", lambda: _removed(cgroups), 20)


def left(run: Run) -> list[int]:
    """The processes that are still in the run's network namespace, and its containers' shims."""
    place = Path("/run/netns", run.namespace)
    inode = place.stat().st_ino if place.exists() else 0
    return [pid for pid in _all() if (inode and _network(pid) == inode) or _shim(pid, run)]


def mounts(run: Run) -> list[str]:
    """What is mounted below the run's folder, the deepest first."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    points = (line.split()[4].replace("\\040", " ") for line in lines)
    return sorted({each for each in points if each.startswith(f"{run.root}/")}, key=len, reverse=True)


def unmount(run: Run) -> None:
    """Unmount everything below the run's folder, before it is removed with what is in it."""

    def none() -> bool:
        for each in mounts(run):
            with contextlib.suppress(CommandFailed):
                call(["umount", "--lazy", each])
        if still := mounts(run):
            raise NotYet(", ".join(still))
        return True

    until(f"the mounts below {run.root} to go", none, 20)


def _end(pids: list[int], grace: float = GRACE) -> None:
    """SIGTERM to all of them, then wait for each; SIGKILL for those that stay."""
    records = [Record(pid, begun, [f"pid {pid}"], {}) for pid in pids if (begun := process.started(pid))]
    for record in records:
        process.ask(record)
    latest = time.monotonic() + grace
    for record in records:
        process.end(record, max(0.0, latest - time.monotonic()))


def _all() -> Iterator[int]:
    return (int(each.name) for each in Path("/proc").glob("[0-9]*") if int(each.name) != os.getpid())


def _network(pid: int) -> int | None:
    try:
        return Path(f"/proc/{pid}/ns/net").stat().st_ino
    except OSError:
        return None


def _shim(pid: int, run: Run) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return False
    sockets = {str(containerd.socket(run, node)) for node in NODES}
    return Path(words[0]).name.startswith("containerd-shim") and not sockets.isdisjoint(words)


def _removed(cgroups: Cgroups) -> bool:
    try:
        cgroups.remove()
    except OSError as error:
        raise NotYet(str(error)) from error
    return True


def _forget_pods(run: Run) -> None:
    """Remove what the pod network and the kubelet keep outside the run's folder, at places that are fixed."""
    # NETWORK-CONTAINER-INTERFACE: the name of another run's network may begin like this one's.
    networks = "|".join(re.escape(f"{run.namespace}{node.suffix}") for node in NODES)
    ours = re.compile(rf"(?:{networks})-[0-9a-f]{{64}}-[^-]+")
    for path in RESULTS.glob("*"):
        if ours.fullmatch(path.name):
            path.unlink(missing_ok=True)
    for link in LINKS.glob("*"):
        if link.is_symlink() and str(link.readlink()).startswith(f"{run.root}/"):
            link.unlink()
