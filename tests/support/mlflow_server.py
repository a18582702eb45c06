"""A real MLflow server on SQLite, and models that are registered there (`make test-mlflow`)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

STARTS_WITHIN = 240
VARIABLES = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "GIT_PYTHON_REFRESH": "quiet",
    "DO_NOT_TRACK": "true",
}
WEBHOOKS = {
    "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http,https",
    "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
    "MLFLOW_WEBHOOK_CACHE_TTL": "0",
}
"""Of a server that sends webhooks to loopback, and one that was just created at once (else after 60 s)."""


@contextmanager
def mlflow_server(folder: Path, **more: str) -> Iterator[str]:
    """Its address; `more` are variables of its process."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    words = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    words += ["--workers", "1", "--backend-store-uri", f"sqlite:///{folder}/mlflow.db"]
    words += ["--artifacts-destination", str(folder / "files")]
    with (folder / "log.txt").open("wb") as log:
        server = subprocess.Popen(
            words, cwd=folder, stdout=log, stderr=log, start_new_session=True,
            env={**os.environ, **VARIABLES, **more},
        )  # fmt: skip
        try:
            yield _answering(f"http://127.0.0.1:{port}", server, folder / "log.txt")
        finally:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _answering(address: str, server: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + STARTS_WITHIN
    while server.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=10):
                return address
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"MLflow does not start: {log.read_text()[-3000:]}")


def register(name: str, model: Any, *, external: bool = False, **logged: Any) -> str:
    """Log an ONNX model in a run of its own with metrics, parameters and a dataset; the version's number."""
    import mlflow
    import pandas as pd

    rows = pd.DataFrame({"a": [0.0, 1.0], "b": [1.0, 0.0]})
    with mlflow.start_run(tags={
        "mlflow.source.git.commit": "3c1e" * 10,
        "mlflow.source.git.repoURL": "https://user:secret@git.example.org/team/train.git",
    }):  # fmt: skip
        mlflow.log_metrics({"auc": 0.71})
        mlflow.log_params({"depth": 6})
        mlflow.log_input(mlflow.data.from_pandas(rows, name="flights"), context="training")
        # Without requirements MLflow runs the model in a process of its own, to see what it imports.
        done = mlflow.onnx.log_model(
            model, name="model", registered_model_name=name, save_as_external_data=external,
            pip_requirements=["onnx"], **logged,
        )  # fmt: skip
    return str(done.registered_model_version)
