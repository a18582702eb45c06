"""kube-apiserver, on the node's address: reached from the host, from pods and inside the namespace."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from harness import certificates, etcd, kube
from harness.namespace import SERVICES
from harness.run import Run

NAME = "kube-apiserver"


def start(run: Run) -> None:
    """Start the API server and wait for /readyz; raises `NotReady`."""
    pki = partial(certificates.file, run)
    command: list[str | Path] = [
        run.tool(NAME),
        f"--etcd-servers={etcd.URL}",
        "--bind-address=0.0.0.0",
        f"--advertise-address={run.node}",
        "--secure-port=6443",
        f"--service-cluster-ip-range={SERVICES}",
        f"--cert-dir={run.folder('apiserver')}",
        f"--tls-cert-file={pki('apiserver.crt')}",
        f"--tls-private-key-file={pki('apiserver.key')}",
        f"--client-ca-file={pki('ca.crt')}",
        f"--token-auth-file={pki('tokens.csv')}",
        "--authorization-mode=RBAC",
        "--allow-privileged",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={pki('sa.pub')}",
        f"--service-account-signing-key-file={pki('sa.key')}",
        "--kubelet-preferred-address-types=InternalIP",
        f"--kubelet-client-certificate={pki('admin.crt')}",
        f"--kubelet-client-key={pki('admin.key')}",
    ]
    run.start(NAME, command, ready=partial(ready, run))


def restart(run: Run) -> None:
    """End the API server and start it anew; its objects stay in etcd."""
    # It would wait for the watches of all its clients, a minute long.
    run.restart(NAME, ready=partial(ready, run), grace=3)


def ready(run: Run) -> bool:
    """Whether /readyz says ok, asked from the host."""
    return kube.api(run).healthy()
