"""What static judgement costs, beside reading the same bytes once.

Each figure is of a fresh process, after its imports: CPU seconds, and the most memory that it ever held,
its interpreter included.
"""

from __future__ import annotations

import hashlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

from sluicegate.embedded.bench.spending import ratio
from sluicegate.gate.adapters.git import command
from sluicegate.validators.evaluation.working_memory import resident

ROOT = Path(__file__).resolve().parents[2]
MODEL = "models/digits"
MEBIBYTES = 512
NODES = 10_000
MESSAGES = 1_100_000
CHILDREN = 9
PIECE = 1 << 24


def parts() -> dict[str, Callable[[], dict[str, Any]]]:
    """The measurements, by name."""
    return {
        f"static checks and digest of {MEBIBYTES} MiB, inline": partial(large, external=False),
        f"static checks and digest of {MEBIBYTES} MiB, external": partial(large, external=True),
        f"static checks of {NODES:,} nodes more than of ten": many_nodes,
        f"refusal of {MESSAGES:,} empty messages": refused,
        "refusal of a pull request, statically": refused_pull_request,
        "containment of a child": containment,
    }


def large(*, external: bool) -> dict[str, Any]:
    """All static rules and the digests of a large model, beside one pass of sha256 over its files."""
    with tempfile.TemporaryDirectory() as folder:
        _alone("large-external" if external else "large-inline", folder)
        bare, _ = _alone("hashed", folder)
        judged, memory = _alone("judged", folder)
    return {"peak_mib": memory >> 20, **ratio(judged, bare)}


def many_nodes() -> dict[str, Any]:
    """CPU seconds of a chain of many nodes, beside one of ten."""
    seconds = []
    for number in (10, NODES):
        with tempfile.TemporaryDirectory() as folder:
            _alone(f"chain-{number}", folder)
            seconds.append(_alone("judged", folder)[0])
    return {"more_cpu_seconds": round(seconds[1] - seconds[0], 3)}


def refused() -> dict[str, Any]:
    """What it takes to refuse a graph of more messages than are read."""
    with tempfile.TemporaryDirectory() as folder:
        nodes = b"\x0a\x00" * MESSAGES
        Path(folder, "model.onnx").write_bytes(b"\x08\x08\x3a" + _varint(len(nodes)) + nodes)
        seconds, memory = _alone("judged", folder)
    return {"cpu_seconds": round(seconds, 2), "peak_mib": memory >> 20}


def refused_pull_request() -> dict[str, Any]:
    """The whole `sluice validate` of a pull request whose model is no ONNX file: all of its processes."""
    with tempfile.TemporaryDirectory() as folder:
        _pull_request(Path(folder))
        seconds, memory = _alone("refusal", folder)
    return {"cpu_seconds": round(seconds, 2), "peak_mib": memory >> 20}


def _pull_request(root: Path) -> None:
    """The digits of this repository, with another model that nothing reads."""
    repository(root)
    (root / MODEL / "model.onnx").write_bytes(b"\x08\x08 no model")
    change(root, lambda text: text)
    commit_all(root, "Another")


def repository(root: Path) -> None:
    """A repository with the digits of this one, in one commit."""
    shutil.copytree(ROOT / MODEL, root / MODEL)
    shutil.copytree(ROOT / "environments", root / "environments")
    _git(root, "init", "--quiet")
    commit_all(root, "Begin")


def change(root: Path, edit: Callable[[str], str]) -> None:
    """Edit the spec of the model, and pin the artifact that is there now."""
    spec = root / MODEL / "model.yaml"
    artifact = hashlib.sha256((root / MODEL / "model.onnx").read_bytes()).hexdigest()
    pinned = re.compile(r"(path: model\.onnx, sha256: \"sha256:)[0-9a-f]{64}")
    spec.write_text(edit(pinned.sub(rf"\g<1>{artifact}", spec.read_text())))


def commit_all(root: Path, message: str) -> None:
    """Commit all that is there."""
    _git(root, "add", "--all")
    _git(root, "commit", "--quiet", "--message", message)


def _git(root: Path, *words: str) -> None:
    who = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
    command.run(None, *who, *words, cwd=root)


def containment() -> dict[str, Any]:
    """Milliseconds of Landlock and seccomp in a child, once its template has started: the median of some."""
    with tempfile.TemporaryDirectory() as folder:
        taken = [_alone("contained", folder)[0] for _ in range(CHILDREN)]
    return {"milliseconds": round(1000 * median(taken), 2)}


def _alone(what: str, folder: str) -> tuple[float, int]:
    """CPU seconds and most memory, in bytes, of one of the actions below in a process of its own."""
    words = [sys.executable, "-P", "-m", __spec__.name, what, folder]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    seconds, memory = done.stdout.split()
    return float(seconds), int(memory)


def _large_inline(root: Path) -> None:
    """y = x + a tensor of MEBIBYTES, of a piece that repeats."""
    from onnx import ModelProto

    # protobuf writes no such model in little memory: its tensor is put in by hand, before the graph ends.
    whole = MEBIBYTES << 20
    tensor = b"\x08" + _varint(whole // 4) + b"\x10\x01\x42\x01k\x4a" + _varint(whole)
    graph = _adding(ModelProto()).graph.SerializeToString()
    held = b"\x2a" + _varint(len(tensor) + whole) + tensor
    head = _adding(ModelProto(ir_version=8))
    head.ClearField("graph")
    length = _varint(len(graph) + len(held) + whole)
    with (root / "model.onnx").open("wb") as stream:
        stream.write(head.SerializeToString() + b"\x3a" + length + graph + held)
        _fill(stream)


def _large_external(root: Path) -> None:
    from onnx import ModelProto, TensorProto

    model = _adding(ModelProto(ir_version=8))
    tensor = model.graph.initializer.add(name="k", data_type=TensorProto.FLOAT, dims=[MEBIBYTES << 18])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="k.bin")
    (root / "model.onnx").write_bytes(model.SerializeToString())
    with (root / "k.bin").open("wb") as stream:
        _fill(stream)


def _fill(stream: Any) -> None:
    import numpy as np

    piece = np.random.default_rng(0).standard_normal(PIECE // 4, dtype=np.float32).tobytes()
    for _ in range((MEBIBYTES << 20) // PIECE):
        stream.write(piece)


def _adding(model: Any) -> Any:
    """The model with a graph that adds its input and the tensor `k`."""
    from onnx import TensorProto, helper

    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None]) for name in "xy"]
    nodes = [helper.make_node("Add", ["x", "k"], ["y"])]
    model.graph.CopyFrom(helper.make_graph(nodes, "g", values[:1], values[1:]))
    model.opset_import.append(helper.make_opsetid("", 17))
    return model


def _chain(root: Path, number: int) -> None:
    from onnx import TensorProto, helper

    names = ["x", *(f"v{place}" for place in range(number))]
    nodes = [helper.make_node("Neg", [names[place]], [names[place + 1]]) for place in range(number)]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch"]) for name in ("x", names[-1])]
    graph = helper.make_graph(nodes, "g", values[:1], values[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (root / "model.onnx").write_bytes(model.SerializeToString())


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])


def _hashed(root: Path) -> None:
    for path in sorted(root.iterdir()):
        with path.open("rb") as stream:
            hashlib.file_digest(stream, "sha256")


def _judged(root: Path) -> None:
    """Every static rule, and the digest of each file, as `sluice validate` asks for them."""
    from sluicegate.specs.tree import WorkTree
    from sluicegate.validators.onnx.scan import static_faults
    from sluicegate.validators.submission.files import ModelFiles

    entries = {entry.path: entry for entry in WorkTree(root).entries("")}
    files = ModelFiles("", entries, root, pinned=frozenset(entries))
    list(static_faults(files, "model.onnx"))
    for name in entries:
        files.digest(name)


def _refusal(root: Path) -> None:
    words = ["validate", "-C", str(root), "--no-cache", "--changed", "HEAD~1..HEAD"]
    done = subprocess.run(
        [sys.executable, "-m", "sluicegate.ci", *words], stdout=subprocess.DEVNULL, check=False
    )
    if done.returncode != 1:
        raise RuntimeError(f"the pull request was not refused: exit code {done.returncode}")


def _contained(root: Path) -> None:
    from sluicegate.validators.runner.containment import contain

    contain([], root)


def main(what: str, root: Path) -> None:
    """Do one of the above, and print what it took."""
    name, _, number = what.partition("-")
    # Imports are no part of a figure; numpy starts threads, and whoever is contained has none.
    if name == "contained":
        import_module("sluicegate.validators.runner.containment").libraries()
    else:
        import_module("sluicegate.validators.onnx.scan")
    actions: dict[str, Callable[[Path], None]] = {
        "hashed": _hashed,
        "judged": _judged,
        "contained": _contained,
        "refusal": _refusal,
        "large": _large_external if number == "external" else _large_inline,
        "chain": lambda folder: _chain(folder, int(number)),
    }
    before = time.process_time()
    actions[name](root)
    seconds = time.process_time() - before
    # The memory of children begins with that of their parent, whose copies they were: this one is small.
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds += children.ru_utime + children.ru_stime
    print(seconds, max(resident("VmHWM"), children.ru_maxrss << 10))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
