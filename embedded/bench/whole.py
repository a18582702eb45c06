"""The most memory that a whole `sluice validate` of a sound model takes: all of its processes together.

Memory that processes share is counted once: the sum of their proportional set sizes (PSS, proc_pid_smaps(5)).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

from sluicegate.embedded.bench.hostile import MODEL, change, commit_all, repository

LAYERS = 12
WIDTH = 1024
"""Each layer is 4 MiB of weights."""
MEBIBYTES = 48
LOOK = 0.02
"""Seconds between two looks at the memory."""


def sound_model() -> dict[str, Any]:
    """A pull request with digits whose model was made so much larger by layers that change nothing."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        repository(root)
        size = _widen(root / MODEL / "model.onnx")
        change(root, lambda text: text.replace("version: 2", "version: 3", 1))
        commit_all(root, "Larger")
        words = [sys.executable, "-m", "sluicegate.ci", "validate", "-C", folder, "--no-cache"]
        began = time.monotonic()
        # Its report would fill a pipe that nobody reads.
        with tempfile.TemporaryFile("w+") as report:
            with subprocess.Popen([*words, "--changed", "HEAD~1..HEAD"], stdout=report) as process:
                most = _most_memory(process)
            seconds = time.monotonic() - began
            report.seek(0)
            if process.returncode != 0:
                raise RuntimeError(f"the model was not accepted ({process.returncode}):\n{report.read()}")
    return {"model_mib": size >> 20, "seconds": round(seconds, 1), "peak_mib": most >> 20}


def _widen(path: Path) -> int:
    """Put layers before the first node of a model, each of which multiplies by one; bytes of the file."""
    import numpy as np
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(path)
    graph = model.graph
    columns = graph.input[0].type.tensor_type.shape.dim[1].dim_value
    widths = [columns, *[WIDTH] * (LAYERS + 1), columns]
    last = graph.input[0].name
    nodes = []
    for number, shape in enumerate(pairwise(widths)):
        weights, ahead = f"weights_{number}", f"layer_{number}"
        graph.initializer.append(numpy_helper.from_array(np.eye(*shape, dtype=np.float32), weights))
        nodes.append(helper.make_node("MatMul", [last, weights], [ahead]))
        last = ahead
    former = list(graph.node)
    for node in former:
        node.input[:] = [last if name == graph.input[0].name else name for name in node.input]
    graph.ClearField("node")
    graph.node.extend([*nodes, *former])
    onnx.save(model, path)
    return path.stat().st_size


def _most_memory(process: subprocess.Popen[Any]) -> int:
    """Bytes, of it and all that it starts, until it ends."""
    most = 0
    while process.poll() is None:
        most = max(most, sum(map(_proportional, _family(process.pid))))
        time.sleep(LOOK)
    return most


def _family(process: int) -> Iterator[int]:
    yield process
    with suppress(OSError):
        for thread in Path(f"/proc/{process}/task").iterdir():
            with suppress(OSError):
                for child in (thread / "children").read_text().split():
                    yield from _family(int(child))


def _proportional(process: int) -> int:
    """Bytes; 0 of one that has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    return 0
