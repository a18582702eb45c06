"""The files of an artifact that are elsewhere are judged as those of the directory, of any size."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import onnx
import pytest
from onnx import TensorProto, helper

from sluicegate.specs.artifact import Artifact, PinnedFile
from sluicegate.specs.artifacts.access import of_pull_request
from sluicegate.specs.tree import FileEntry
from sluicegate.validators.submission.fetched import with_fetched
from sluicegate.validators.submission.files import ModelFiles

ADDRESS = "https://models.example.org"
MOST_MIB = 150
"""Of a process that judges a model of any size, its interpreter included."""
JUDGE = """
import sys
from pathlib import Path
from validators.submission.test_fetched import judged
from sluicegate.validators.onnx.external import external_faults
from sluicegate.validators.onnx.external_values import external_not_finite
from sluicegate.validators.onnx.facts import read_graph
from sluicegate.validators.onnx.scan import RULES
files = judged(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
print(sum(entry.size for entry in files.entries.values()))
graph = read_graph(files.directory / "model.onnx")
faults = [fault.words for _, rule in RULES for fault in rule(graph) if fault.refuses]
faults += [fault.words for _, fault in external_faults(graph, files)]
faults += [f"{found.name} is not finite" for found in external_not_finite(graph, files)]
print(faults)
print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""


def cached(cache: Path, content: Path) -> str:
    """Move a file into the cache, as if an earlier fetch had brought it; its digest."""
    with content.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    content.rename(cache / f"sha256-{digest}")
    return f"sha256:{digest}"


def parts_model(path: Path, parts: int, size: int, reach: int = 0) -> None:
    """x[batch] -> x + the first number of each part; part N is all of the file partN.bin, of `size` bytes.

    The last part claims `reach` bytes more.
    """
    first = helper.make_tensor("first", TensorProto.INT64, [1], [0])
    tensors, nodes, total = [first], [], "x"
    for part in range(parts):
        length = size + (reach if part == parts - 1 else 0)
        tensor = TensorProto(name=f"w{part}", dims=[length // 4], data_type=TensorProto.FLOAT)
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in {"location": f"part{part}.bin", "offset": "0", "length": str(length)}.items():
            tensor.external_data.add(key=key, value=value)
        tensors.append(tensor)
        nodes.append(helper.make_node("Gather", [f"w{part}", "first"], [f"one{part}"]))
        nodes.append(helper.make_node("Add", [total, f"one{part}"], [f"sum{part}"]))
        total = f"sum{part}"
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch"]) for name in ("x", total))
    graph = helper.make_graph(nodes, "parts", [x], [y], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(onnx.ModelProto.SerializeToString(model))


def declared(folder: Path, parts: int, size: int, reach: int = 0) -> None:
    """A directory with the ONNX file alone, and a cache that has the one file that every part is."""
    (folder / "model").mkdir()
    (folder / "cache").mkdir()
    parts_model(folder / "model/model.onnx", parts, size, reach)
    part = folder / "part.bin"
    with part.open("wb") as stream:
        stream.truncate(size)
    (folder / "digest").write_text(cached(folder / "cache", part))


def judged(folder: Path, parts: int, size: int) -> ModelFiles:
    """What a pull request has, that pins each part at an address of its own."""
    main = folder / "model/model.onnx"
    own = hashlib.sha256(main.read_bytes()).hexdigest()
    digest = (folder / "digest").read_text()
    names = [f"part{part}.bin" for part in range(parts)]
    pinned = [PinnedFile(digest, uri=f"{ADDRESS}/{name}", name=name, size=size) for name in names]
    artifact = Artifact((PinnedFile(f"sha256:{own}", path="model.onnx"), *pinned))
    entry = FileEntry("model.onnx", "100644", main.stat().st_size)
    listed = ModelFiles("models/m", {"model.onnx": entry}, main.parent)
    os.environ["SLUICE_CACHE"] = str(folder / "cache")
    return with_fetched(listed, SimpleNamespace(artifact=artifact), of_pull_request())


def by_a_process(folder: Path, parts: int, size: int) -> tuple[int, str, int]:
    """Bytes of the files, faults, and the MiB that the process had in memory at most."""
    words = [sys.executable, "-P", "-c", JUDGE, str(folder), str(parts), str(size)]
    tests = str(Path(__file__).parents[2])
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": tests}
    )
    assert done.returncode == 0, done.stderr
    total, faults, memory = done.stdout.splitlines()
    return int(total), faults, int(memory) // 1024


def test_a_range_that_ends_beyond_its_fetched_file_is_named(tmp_path: Path) -> None:
    declared(tmp_path, parts=3, size=4096, reach=8)
    _, faults, _ = by_a_process(tmp_path, parts=3, size=4096)
    assert faults == "[\"tensor 'w2' ends at byte 4104 of part2.bin, of 4096\"]"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ten_gibibytes_in_five_files_are_judged_in_little_memory(tmp_path: Path) -> None:
    declared(tmp_path, parts=5, size=2 << 30)
    total, faults, memory = by_a_process(tmp_path, parts=5, size=2 << 30)
    assert total > 10 << 30
    assert faults == "[]"
    assert memory < MOST_MIB
