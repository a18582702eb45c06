"""The cluster lost and built anew: only the forge is kept, so all that returns comes from git."""

from __future__ import annotations

import shutil

from harness import certificates, cluster, forge, namespace, repository, teardown
from harness.run import Run

KEPT = (namespace.start, certificates.start, forge.start, repository.start)
"""Steps that are not taken again: the network, the keys, the forge, and what people wrote to it."""
LOST = (
    "etcd",
    "apiserver",
    "containerd",
    "containerd-2",
    "kubelet",
    "kubelet-2",
    "redis",
    "argocd",
    "prometheus",
)
"""What is removed of the run's folder: objects, images, containers, caches and measurements."""


def lose(run: Run) -> None:
    """End all processes but the forge, every container, and remove what they kept; raises `TooSlow`."""
    teardown.halt(run, besides=(forge.DAEMON,))
    for name in LOST:
        shutil.rmtree(run.root / name, ignore_errors=True)


def restore(run: Run, progress: cluster.Progress) -> None:
    """Start a new cluster at the same addresses and point Argo CD at the repository by `sluice bootstrap`."""
    for title, start in cluster.STEPS:
        if start not in KEPT:
            with progress.step(title):
                start(run)
