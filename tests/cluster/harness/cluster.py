"""The whole cluster: what is started, in which order, how it ends, and what it costs."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from harness import (
    apiserver,
    argocd,
    bootstrap,
    build,
    certificates,
    containerd,
    controllers,
    crds,
    doctor,
    etcd,
    forge,
    gateway,
    images,
    kubelet,
    namespace,
    prometheus,
    proxy,
    redis,
    registry,
    repository,
    teardown,
)
from harness.run import Run


@dataclass
class Progress:
    """One line a step, with its seconds; on a terminal the step is shown while it is under way."""

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Say that a step has begun, and after it how long it took."""
        began = time.monotonic()
        if self.stream.isatty():
            print(f"  {title} ...", end="\r", file=self.stream, flush=True)
        yield
        self.seconds[title] = time.monotonic() - began
        print(f"  {title:<48} {self.seconds[title]:6.1f} s", file=self.stream, flush=True)


STEPS: tuple[tuple[str, Callable[[Run], object]], ...] = (
    ("network namespace", namespace.start),
    ("certificates and kubeconfig", certificates.start),
    ("etcd", etcd.start),
    ("API server", apiserver.start),
    ("controllers and scheduler", controllers.start),
    ("containerd", containerd.start),
    ("images into containerd", images.start),
    ("kubelet and its node", kubelet.start),
    ("service proxy", proxy.start),
    ("custom resource definitions", crds.start),
    ("redis", redis.start),
    ("Argo CD", argocd.start),
    ("gateway (traefik)", gateway.start),
    ("Prometheus", prometheus.start),
    ("forge", forge.start),
    ("registry of charts", registry.start),
    ("repository: models, charts, environments", repository.start),
    ("bootstrap: projects and applications", bootstrap.start),
)
"""What runs, in the order of its start; each is left as it is where it runs already."""


def up(run: Run, progress: Progress) -> None:
    """Start what is not running, after checking that everything that it needs is there.

    Raises `Missing` with everything that is missing, before anything is changed; else what the steps raise,
    each with its remedy.
    """
    doctor.require()
    with progress.step("programs from Go modules"):
        build.tools()
    for title, start in STEPS:
        with progress.step(title):
            start(run)


def down(run: Run) -> None:
    """Stop everything of this run and remove its folder; nothing where it does not run."""
    teardown.stop(run)


def addresses(run: Run) -> str:
    """Where the parts are reached, from this machine."""
    rows = {
        "kubeconfig": run.kubeconfig,
        "gateway": f"{gateway.address(run)} (Host: MODEL.ENVIRONMENT.models.local)",
        "Prometheus": prometheus.address(run),
        "forge": forge.page(run),
        "logs": run.root / "logs",
    }
    return "\n".join(f"{name:<11} {value}" for name, value in rows.items())


def memory(run: Run) -> dict[str, int]:
    """Resident bytes of each daemon and what it started, and of the pods (`pods`)."""
    groups: dict[str, int] = {}
    children = _children()
    for name in run.daemons():
        record = run.record(name)
        if record is not None and record.alive:
            groups[name] = sum(map(_resident, _descendants(record.pid, children)))
    groups["pods"] = sum(map(_resident, kubelet.Cgroups(run).pids()))
    return groups


def status(run: Run) -> str:
    """A line a daemon: whether it runs, and its memory; then the sum and the addresses."""
    used = memory(run)
    lines = []
    for name in reversed(run.daemons()):
        state = "runs" if run.running(name) else "stopped"
        lines.append(f"{name:<34} {state:<8} {used.get(name, 0) / 2**20:7.0f} MiB")
    lines.append(f"{'pods':<34} {'':<8} {used['pods'] / 2**20:7.0f} MiB")
    lines.append(f"{'all':<34} {'':<8} {sum(used.values()) / 2**20:7.0f} MiB")
    return "\n".join([*lines, "", addresses(run)])


def _resident(pid: int) -> int:
    """Bytes that only this process holds, shared pages in parts; 0 for one that ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0
    for line in text.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        found.setdefault(parent, []).append(int(path.name))
    return found


def _descendants(pid: int, children: dict[int, list[int]]) -> list[int]:
    return [pid, *(each for child in children.get(pid, ()) for each in _descendants(child, children))]
