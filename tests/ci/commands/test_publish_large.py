"""3 GiB from a work tree to a real registry and back, and the memory that takes (docs/large-models.md)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper
from support.registries import distribution, serving

SIZE = 3 << 30
MOST_MIB = 100
PROGRAM = """
import atexit, pathlib
from sluicegate.ci.__main__ import main
atexit.register(lambda: print(pathlib.Path("/proc/self/status").read_text(), flush=True))
main()
"""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """For what is large; it is gone after the test, which pytest's own folders are not."""
    folder = tmp_path / "large"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


def large_model(path: Path) -> None:
    """x[batch] -> x + w[0], where w is a file of 3 GiB beside it, whose middle is a hole."""
    data = path.with_name("weights.bin")
    with data.open("wb") as file:
        file.write(b"\0\0\x80?" * 1024)
        file.truncate(SIZE - 4096)
        file.seek(SIZE - 4096)
        file.write(os.urandom(4096))
    weights = TensorProto(name="w", dims=[SIZE // 4], data_type=TensorProto.FLOAT)
    weights.data_location = TensorProto.EXTERNAL
    for key, value in {"location": data.name, "offset": "0", "length": str(SIZE)}.items():
        weights.external_data.add(key=key, value=value)
    first = helper.make_tensor("first", TensorProto.INT64, [1], [0])
    nodes = [
        helper.make_node("Gather", ["w", "first"], ["one"]),
        helper.make_node("Add", ["x", "one"], ["y"]),
    ]
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch"]) for name in "xy")
    graph = helper.make_graph(nodes, "large", [x], [y], [weights, first])
    opset = [helper.make_opsetid("", 17)]
    path.write_bytes(onnx.ModelProto.SerializeToString(helper.make_model(graph, opset_imports=opset)))


def peak(log: Path, *words: str) -> int:
    """Run `sluice` in a process of its own; the MiB that it had in memory at most.

    By its own word: what wait4 counts begins with the memory of the process that started it.
    """
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, *words], capture_output=True, text=True, check=False
    )
    log.write_text(done.stdout + done.stderr)
    assert done.returncode == 0, log.read_text()
    return int(done.stdout.rpartition("VmHWM:")[2].split()[0]) // 1024


def test_three_gigabytes_go_out_and_come_back_in_little_memory(work, folder, tmp_path, monkeypatch) -> None:
    cache = folder / "cache"
    monkeypatch.setenv("SLUICE_CACHE", str(cache))
    model = work.root / "models/tiny"
    large_model(model / "model.onnx")
    log = tmp_path / "log.txt"
    with serving(distribution, folder) as address:
        to = f"oci://{address}/team/tiny"
        pushed = peak(log, "publish", "tiny", "--to", to, "-C", str(work.root))
        assert "- weights.bin: 3,221,225,472 bytes" in log.read_text()
        (model / "weights.bin").unlink()
        (model / "model.onnx").unlink()
        fetched = peak(log, "fetch", "tiny", "-C", str(work.root))
    assert sorted(path.stat().st_size for path in cache.iterdir())[-1] == SIZE
    print(f"3 GiB: pushed with a peak of {pushed} MiB, fetched with {fetched} MiB")
    assert max(pushed, fetched) < MOST_MIB
