"""etcd: where the API server keeps its objects. Without fsync; what matters is in git."""

from __future__ import annotations

from pathlib import Path

from harness.run import Run

URL = "http://127.0.0.1:2379"
PEER = "http://127.0.0.1:2380"


def start(run: Run) -> None:
    """Start etcd on the namespace's loopback; raises `NotReady`."""
    command: list[str | Path] = [
        run.tool("etcd"),
        "--name=node",
        f"--data-dir={run.folder('etcd')}",
        "--unsafe-no-fsync",
        f"--listen-client-urls={URL}",
        f"--advertise-client-urls={URL}",
        f"--listen-peer-urls={PEER}",
        f"--initial-advertise-peer-urls={PEER}",
        f"--initial-cluster=node={PEER}",
        "--auto-compaction-retention=5m",
        "--log-level=warn",
    ]
    run.start("etcd", command, ready=lambda: run.listening("etcd", 2379))
