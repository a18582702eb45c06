"""One request to each version's server, over HTTP."""

from __future__ import annotations

import json
import math
import os
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from sluicegate.embedded.runtime.repository import MainBranch
from sluicegate.embedded.runtime.server import ServerKey, server_command
from sluicegate.embedded.runtime.tracks import Track
from zoo.course import Passage, digest

ANSWER_TOLERANCE = 1e-4
"""Of a number of an answer, which is float32."""


def serve(passage: Passage, repository: Path, revision: str, number: int, cache: Path) -> None:
    """Start the server as the embedded runtime does, ask it once, and compare its answer."""
    specimen = passage.specimen
    artifact = specimen.directory / ("model.onnx" if number == 1 else "next.onnx")
    cache.mkdir(exist_ok=True)
    main = MainBranch(repository, cache)
    key = ServerKey(specimen.name, "stable", number, digest(artifact))
    try:
        command = server_command(main, cache, key, Track(number, key.digest, revision, 100))
    finally:
        main.close()
    reading, writing = os.pipe()
    log = cache / f"{specimen.name}-{number}.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*command, "--ready-fd", str(writing)], pass_fds=(writing,), stdout=output, stderr=output
        )
        os.close(writing)
        try:
            with os.fdopen(reading) as ready:
                line = ready.readline()
            if not line:
                passage.faults.append(f"version {number}: the server did not start: {log.read_text()[-300:]}")
                return
            answer = _ask(json.loads(line)["port"], specimen.name, specimen.request)
        finally:
            server.terminate()
            server.wait(60)
    _compare(passage, number, answer)


def _ask(port: int, name: str, tensors: list[dict[str, Any]]) -> dict[str, Any]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v2/models/{name}/infer",
        json.dumps({"inputs": tensors}).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as refusal:
        return {"error": refusal.read().decode()}


def _compare(passage: Passage, number: int, answer: dict[str, Any]) -> None:
    if "error" in answer:
        passage.faults.append(f"version {number}: the server answers {answer['error'][:300]}")
        return
    given = {one["name"]: one for one in answer["outputs"]}
    tolerance = max(ANSWER_TOLERANCE, passage.specimen.tolerance)
    for wanted in passage.specimen.answers[number - 1]:
        found = given.get(wanted["name"])
        if found is None or found["shape"] != wanted["shape"]:
            shape = found and found["shape"]
            passage.faults.append(
                f"version {number}: {wanted['name']} has shape {shape}, not {wanted['shape']}"
            )
        elif not all(_same(*pair, tolerance) for pair in zip(wanted["data"], found["data"], strict=True)):
            passage.faults.append(
                f"version {number}: the server's {wanted['name']} is {found['data'][:6]}, "
                f"the library's {wanted['data'][:6]}"
            )


def _same(wanted: Any, found: Any, tolerance: float) -> bool:
    if isinstance(wanted, str) or isinstance(found, str):
        return bool(wanted == found)
    return math.isclose(wanted, found, rel_tol=tolerance, abs_tol=tolerance)
