"""The demonstration's second act: a version 3 of flight-delay with two faults, made from version 2.

One is a mistake, as a patch for one customer might be: whatever flies with Delta gets less than half its
probability, so most of its late flights are missed, while the AUC over all carriers stays within its margin.
The other is an attack: an initializer whose bytes are to be read from outside of the model's directory. As no
node uses it, onnxruntime 1.31.1 drops it unread and loads the file (one that a node uses, it refuses); a tool
that reads every tensor follows the path.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import onnx
from onnx import TensorProto, helper

CARRIER_COLUMN = 3
"""The position of `carrier_code` in the input."""
DELTA = 4.0
"""Delta's code: carriers are numbered in alphabetical order."""
FACTOR = 0.4
ESCAPE = "../../../../../../../../etc/hostname"


def make_bad(source: Path, target: Path) -> None:
    """Write `model.onnx` and `model.yaml` of the bad version 3 into `target`.

    `source` is the directory of version 2 and holds both files; the two directories may be the same. Raises
    ValueError if they are not version 2 as this repository has it.
    """
    good = (source / "model.onnx").read_bytes()
    bad = spoil(good)
    text = (source / "model.yaml").read_text(encoding="utf-8")
    for old, new in (("  version: 2\n", "  version: 3\n"), (sha256(good), sha256(bad))):
        if text.count(old) != 1:
            raise ValueError(f"{source}/model.yaml does not say {old.strip()!r} once; start from version 2")
        text = text.replace(old, new)
    (target / "model.onnx").write_bytes(bad)
    (target / "model.yaml").write_text(text, encoding="utf-8")


def spoil(model: bytes) -> bytes:
    """The ONNX file with Delta's probabilities scaled by FACTOR, and with the escaping initializer."""
    proto = onnx.load_model_from_string(model)
    graph = proto.graph
    for node in graph.node:
        node.output[:] = ["fair" if name == "probability" else name for name in node.output]
    graph.node.extend(
        [
            helper.make_node("Gather", ["features", "carrier_column"], ["carrier"], axis=1),
            helper.make_node("Equal", ["carrier", "delta"], ["is_delta"]),
            helper.make_node("Where", ["is_delta", "factor", "one"], ["scale"]),
            helper.make_node("Mul", ["fair", "scale"], ["probability"]),
        ]
    )
    graph.initializer.extend(
        [
            helper.make_tensor("carrier_column", TensorProto.INT64, [], [CARRIER_COLUMN]),
            helper.make_tensor("delta", TensorProto.FLOAT, [], [DELTA]),
            helper.make_tensor("factor", TensorProto.FLOAT, [], [FACTOR]),
            helper.make_tensor("one", TensorProto.FLOAT, [], [1.0]),
            _escaping(),
        ]
    )
    proto.model_version = 3
    return bytes(proto.SerializeToString(deterministic=True))


def sha256(content: bytes) -> str:
    """The digest as model.yaml writes it."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _escaping() -> TensorProto:
    tensor = TensorProto(name="carrier_table", data_type=TensorProto.UINT8, dims=[1])
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", ESCAPE), ("offset", "0"), ("length", "1")):
        tensor.external_data.add(key=key, value=value)
    return tensor
