"""What serving costs here: CPU a request beside onnxruntime's bare `run()`, and requests a second.

All figures of one call are taken on the same machine minutes apart at most, beside whatever else runs there:
the load average is part of the result.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sluicegate.embedded.runtime.errors import RuntimeDied
from sluicegate.embedded.runtime.load import request_bodies
from sluicegate.embedded.runtime.runtime import Runtime
from sluicegate.gate.adapters.git.clone import Clone
from sluicegate.gate.adapters.git.write import Signature
from sluicegate.specs import layout
from sluicegate.specs.release import Release, Version
from sluicegate.specs.release_file import render
from sluicegate.specs.yamlio import parse

_BENCH = Signature("Sluicegate bench", "bench@localhost")


def measure(directory: Path, requests: int = 10_000, connections: int = 16) -> dict[str, Any]:
    """Measure a model directory (model.yaml, its artifact and evaluation rows; one float input).

    Returns microseconds of CPU a request: `raw_run_us` (bare onnxruntime, batch 1, one thread) and
    `server_cpu_us` (the server process, all in); requests a second: `server_per_second` (load straight to
    the server) and `router_per_second` (load, router, two servers at 95 to 5); `slow_share`, the share of
    routed requests over 50 ms; `requests`, `cores`, `load_average` (before, after).
    """
    path = directory / "model.yaml"
    model = parse(path.read_bytes(), str(path)).checked().value
    spec = model["spec"]
    (tensor,) = spec["signature"]["inputs"]
    shape = [size if isinstance(size, int) else 1 for size in tensor["shape"]]
    columns = tensor.get("columns") or ["image"]
    rows = directory / spec["data"]["evaluation"]["path"]
    artifact = directory / spec["artifact"]["path"]
    sending = ["--rows", str(rows), "--columns", ",".join(columns), "--input", tensor["name"]]
    sending += ["--shape", ",".join(map(str, shape)), "--requests", str(requests)]
    sending += ["--connections", str(connections)]
    bodies = request_bodies(rows, columns, tensor["name"], shape, 1000)
    before = os.getloadavg()[0]
    name = model["metadata"]["name"]
    digest = spec["artifact"]["sha256"]
    raw = raw_run_us(artifact, bodies, requests)
    server = _server(artifact, digest, name, sending, requests)
    routed = _routed(directory, name, digest, sending)
    return {
        "raw_run_us": round((raw + raw_run_us(artifact, bodies, requests)) / 2, 1),
        **server,
        **routed,
        "requests": requests,
        "cores": os.cpu_count(),
        "load_average": [round(before, 2), round(os.getloadavg()[0], 2)],
    }


def raw_run_us(artifact: Path, bodies: list[bytes], runs: int) -> float:
    """Microseconds of CPU for one `run()` of one row in this process, on the rows of `bodies`."""
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(artifact, options, providers=["CPUExecutionProvider"])
    tensors = [json.loads(body)["inputs"][0] for body in bodies]
    feeds = [{t["name"]: np.array(t["data"], np.float32).reshape(t["shape"])} for t in tensors]
    for feed in feeds[:100]:
        session.run(None, feed)
    started = time.process_time()
    for i in range(runs):
        session.run(None, feeds[i % len(feeds)])
    return (time.process_time() - started) / runs * 1e6


def _send(url: str, options: list[str]) -> dict[str, Any]:
    command = [sys.executable, "-P", "-m", "sluicegate.embedded.runtime.load", "--url", url, *options]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if result.returncode:
        raise RuntimeDied(f"the load ended with {result.returncode}: {result.stderr}", "see its message")
    last: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return last


def _metric(url: str, prefix: str) -> float:
    with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310  # our own address
        lines = response.read().decode().splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(prefix))


def _server(artifact: Path, digest: str, name: str, sending: list[str], requests: int) -> dict[str, Any]:
    """The server alone: CPU a request, by its own `process_cpu_seconds_total`, and requests a second."""
    with serving(artifact, digest, name) as url:
        cpu = _metric(f"{url}/metrics", "process_cpu_seconds_total")
        result = _send(f"{url}/v2/models/{name}/infer", sending)
        cpu = _metric(f"{url}/metrics", "process_cpu_seconds_total") - cpu
    return {"server_cpu_us": round(cpu / requests * 1e6, 1), "server_per_second": result["per_second"]}


@contextlib.contextmanager
def serving(artifact: Path, digest: str, name: str, *options: str) -> Iterator[str]:
    """A server's address while it runs, with these further options. RuntimeDied where it does not start."""
    read_end, write_end = os.pipe()
    command = [sys.executable, "-P", "-m", "sluicegate.onnx_server", "--model-file", str(artifact)]
    command += ["--sha256", digest, "--name", name, "--version", "1", *options]
    command += ["--exit-with-parent", "--ready-fd", str(write_end)]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, pass_fds=(write_end,), stderr=said)
        os.close(write_end)
        try:
            with os.fdopen(read_end) as pipe:
                announced = pipe.readline()
            if not announced:
                process.wait()
                said.seek(0)
                lines = said.read().decode("utf-8", "replace").splitlines() or ["it said nothing"]
                raise RuntimeDied(f"the server of {artifact} did not start: {lines[-1]}", "see its message")
            yield f"http://127.0.0.1:{json.loads(announced)['port']}"
        finally:
            process.terminate()
            process.wait()


def _routed(directory: Path, name: str, digest: str, sending: list[str]) -> dict[str, Any]:
    """Load, router and two servers at 95 to 5, over a repository created for the purpose."""
    with tempfile.TemporaryDirectory() as root:
        clone = Clone.create(Path(root) / "work", _BENCH)
        target = clone.directory / layout.model_directory(name)
        target.mkdir(parents=True)
        for path in [directory / "model.yaml", *directory.glob("*.onnx")]:
            (target / path.name).write_bytes(path.read_bytes())
        revision = clone.commit_all("Bench")
        stable = Version(1, revision, digest)
        canary = Version(2, revision, digest)
        release = clone.directory / layout.release_path("bench", name)
        release.parent.mkdir(parents=True)
        release.write_bytes(render(Release(name, "bench", stable=stable, canary=canary, weight=5)))
        clone.commit_all("Release")
        with Runtime(clone.directory, "bench", Path(root) / "runtime") as runtime:
            runtime.wait_for(name, {"stable": (1, 95), "canary": (2, 5)})
            result = _send(runtime.infer_url(name), sending)
            bucket = "sluice_gateway_request_duration_seconds_bucket"
            counts = [
                _metric(runtime.metrics_url, f'{bucket}{{model="{name}",track="{t}",code="200",le="0.05"}}')
                for t in ("stable", "canary")
            ]
    answered = result["by_status"].get("200", 0)
    return {
        "router_per_second": result["per_second"],
        "router_answered": answered,
        "slow_share": round(1 - sum(counts) / result["requests"], 5),
    }
