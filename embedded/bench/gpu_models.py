"""Two models with seeded random weights, of kinds that a GPU is for: matrices, and convolutions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

SEED = 11
WIDE = (64, 4096, 4096, 10)
CHANNELS = (3, 64, 128, 256, 512, 1024)
IMAGE = (3, 64, 64)


@dataclass(frozen=True)
class BenchModel:
    """A written model of one input `x` and one output `y`, and the batches that it is asked for."""

    name: str
    path: Path
    row: tuple[int, ...]
    batches: tuple[int, ...]

    @property
    def digest(self) -> str:
        """As model.yaml and the server write it."""
        return f"sha256:{hashlib.sha256(self.path.read_bytes()).hexdigest()}"


def dense(folder: Path) -> BenchModel:
    """Three layers of matrices, 64 numbers to 10 probabilities."""
    draw = np.random.default_rng(SEED)
    nodes, weights, last = [], {}, "x"
    for number, (before, after) in enumerate(pairwise(WIDE)):
        weights[f"w{number}"] = draw.normal(0, before**-0.5, (before, after))
        weights[f"b{number}"] = draw.normal(0, 0.1, after)
        nodes.append(helper.make_node("Gemm", [last, f"w{number}", f"b{number}"], [f"h{number}"]))
        nodes.append(helper.make_node("Relu", [f"h{number}"], [f"r{number}"]))
        last = f"r{number}"
    nodes[-1] = helper.make_node("Softmax", [nodes[-2].output[0]], ["y"])
    path = _written(folder / "dense.onnx", nodes, weights, [WIDE[0]])
    return BenchModel("dense", path, (WIDE[0],), (1, 64))


def convolutional(folder: Path) -> BenchModel:
    """Five convolutions, each of half the size before, a mean and a layer: an image to 10 probabilities."""
    draw = np.random.default_rng(SEED)
    nodes, weights, last = [], {}, "x"
    for number, (before, after) in enumerate(pairwise(CHANNELS)):
        weights[f"w{number}"] = draw.normal(0, (2 / (9 * before)) ** 0.5, (after, before, 3, 3))
        inputs = [last, f"w{number}"]
        nodes.append(helper.make_node("Conv", inputs, [f"c{number}"], pads=[1] * 4, strides=[2, 2]))
        nodes.append(helper.make_node("Relu", [f"c{number}"], [f"r{number}"]))
        last = f"r{number}"
    weights["w"] = draw.normal(0, CHANNELS[-1] ** -0.5, (CHANNELS[-1], WIDE[-1]))
    nodes += [
        helper.make_node("GlobalAveragePool", [last], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["sums"]),
        helper.make_node("Softmax", ["sums"], ["y"]),
    ]
    path = _written(folder / "convolutional.onnx", nodes, weights, list(IMAGE))
    return BenchModel("convolutional", path, IMAGE, (1, 8))


def _written(
    path: Path, nodes: list[NodeProto], weights: dict[str, NDArray[np.float64]], row: list[int]
) -> Path:
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        path.stem,
        [value("x", TensorProto.FLOAT, ["batch", *row])],
        [value("y", TensorProto.FLOAT, ["batch", WIDE[-1]])],
        [numpy_helper.from_array(array.astype(np.float32), name) for name, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path
