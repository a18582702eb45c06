"""kube-controller-manager and kube-scheduler."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from harness import certificates
from harness.run import Run

PORTS = {"kube-controller-manager": 10257, "kube-scheduler": 10259}


def start(run: Run) -> None:
    """Start both and wait until each serves its health; raises `NotReady`."""
    manager: list[str | Path] = [
        *_common(run, "kube-controller-manager"),
        f"--service-account-private-key-file={certificates.file(run, 'sa.key')}",
        f"--root-ca-file={certificates.file(run, 'ca.crt')}",
        "--use-service-account-credentials",
    ]
    _start(run, "kube-controller-manager", manager)
    _start(run, "kube-scheduler", _common(run, "kube-scheduler"))


def _common(run: Run, name: str) -> list[str | Path]:
    return [
        run.tool(name),
        f"--kubeconfig={run.kubeconfig}",
        f"--authentication-kubeconfig={run.kubeconfig}",
        f"--authorization-kubeconfig={run.kubeconfig}",
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        f"--cert-dir={run.folder(name)}",
    ]


def _start(run: Run, name: str, command: list[str | Path]) -> None:
    run.start(name, command, ready=partial(run.listening, name, PORTS[name]))
