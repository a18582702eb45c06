"""onnx-server on a GPU beside the same server on this machine's CPU: answers, requests a second, GPU memory.

`python -P -m sluicegate.embedded.bench.gpu` where the extra `gpu` and a GPU are; elsewhere it ends with the
server's own refusal. Requests are JSON over HTTP from this process, so both sides pay for that alike.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from sluicegate.embedded.bench.gpu_models import SEED, BenchModel, convolutional, dense
from sluicegate.embedded.runtime.errors import RuntimeDied
from sluicegate.embedded.runtime.http1 import Connection, Response, post
from sluicegate.embedded.runtime.measure import serving

SECONDS = 4.0
"""That one figure is taken over."""
CONNECTIONS = (1, 16)
BODIES = 16
"""Different requests, sent in turn."""


def bodies(model: BenchModel, batch: int) -> list[bytes]:
    """Requests of so many random rows, rounded so that JSON is of a usual length."""
    draw = np.random.default_rng(SEED)
    shape = [batch, *model.row]
    made = []
    for _ in range(BODIES):
        data = draw.normal(size=shape).round(4).ravel().tolist()
        tensor = {"name": "x", "datatype": "FP32", "shape": shape, "data": data}
        made.append(json.dumps({"inputs": [tensor]}, separators=(",", ":")).encode())
    return made


async def answers(url: str, requests: list[bytes]) -> NDArray[np.float64]:
    """What the server answers to each, as one array. RuntimeDied for any answer but 200."""
    connection = await Connection.open(urlsplit(url).port or 80)
    try:
        found = [_sound(await connection.exchange(post(urlsplit(url).path, body))) for body in requests]
    finally:
        connection.close()
    return np.array([json.loads(answer.body)["outputs"][0]["data"] for answer in found])


def _sound(answer: Response) -> Response:
    if answer.status != 200:
        raise RuntimeDied(f"the server answered {answer.status}: {answer.body[:200]!r}", "see its message")
    return answer


async def timed(url: str, requests: list[bytes], connections: int) -> dict[str, float]:
    """Requests a second and percentiles in milliseconds, each connection asking again when it is answered."""
    messages = [post(urlsplit(url).path, body) for body in requests]
    taken: list[float] = []
    ends = time.perf_counter() + SECONDS

    async def ask(first: int) -> None:
        connection = await Connection.open(urlsplit(url).port or 80)
        try:
            number = first
            while time.perf_counter() < ends:
                began = time.perf_counter()
                _sound(await connection.exchange(messages[number % len(messages)]))
                taken.append(time.perf_counter() - began)
                number += 1
        finally:
            connection.close()

    await asyncio.gather(*(ask(number) for number in range(connections)))
    p50, p95 = np.percentile(taken, [50, 95]) * 1e3
    return {
        "connections": connections,
        "per_second": round(len(taken) / SECONDS, 1),
        "p50_ms": round(float(p50), 2),
        "p95_ms": round(float(p95), 2),
    }


def card() -> dict[str, str]:
    """The first GPU by NVIDIA's own tool: name, driver, and used MiB. RuntimeDied where there is none."""
    fields = ("name", "driver_version", "memory.used")
    command = ["nvidia-smi", "--id=0", f"--query-gpu={','.join(fields)}", "--format=csv,noheader,nounits"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        raise RuntimeDied(f"nvidia-smi does not answer: {error}", "run it where a GPU is") from error
    return dict(zip(fields, (part.strip() for part in result.stdout.split(",")), strict=True))


def beside(model: BenchModel, threads: int) -> dict[str, Any]:
    """One model on the CPU with so many threads, and on the GPU."""
    result: dict[str, Any] = {"bytes": model.path.stat().st_size}
    said: dict[str, list[NDArray[np.float64]]] = {}
    before = int(card()["memory.used"])
    providers = {"cpu": ("--threads", str(threads)), "cuda": ("--provider", "cuda")}
    for provider, options in providers.items():
        figures = []
        with serving(model.path, model.digest, model.name, *options) as url:
            address = f"{url}/v2/models/{model.name}/infer"
            if provider == "cuda":
                result["gpu_mib_loaded"] = int(card()["memory.used"]) - before
            for batch in model.batches:
                requests = bodies(model, batch)
                said.setdefault(provider, []).append(asyncio.run(answers(address, requests)))
                for connections in CONNECTIONS:
                    figures.append({"batch": batch, **asyncio.run(timed(address, requests, connections))})
            if provider == "cuda":
                result["gpu_mib_after"] = int(card()["memory.used"]) - before
        result[provider] = figures
    pairs = zip(said["cpu"], said["cuda"], strict=True)
    result["largest_difference"] = float(max(np.abs(mine - theirs).max() for mine, theirs in pairs))
    return result


def main() -> int:
    """Print each figure as it is known, and all of them as JSON at the end; 1 where there is no GPU."""
    threads = len(os.sched_getaffinity(0))
    try:
        found: dict[str, Any] = {**card(), "cpu_threads": threads}
        with tempfile.TemporaryDirectory() as folder:
            for make in (dense, convolutional):
                model = make(Path(folder))
                print(f"{model.name} ...", file=sys.stderr, flush=True)
                found[model.name] = beside(model, threads)
    except RuntimeDied as error:
        print(f"gpu: {error}", file=sys.stderr)
        return 1
    print(json.dumps(found, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
