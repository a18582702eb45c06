"""Real ONNX models of kinds whose answers differ from row to row, built by hand, with their specs."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from sluicegate.specs.detection import Detection
from sluicegate.specs.model import ModelSpec, Tensor
from sluicegate.specs.preparation import Picture, Preparation
from support.small_models import model_spec, session

TAGS = ("O", "B-PER", "I-PER")
TOKENS = Tensor("ids", "int64", ("batch", "tokens"))


def tagger(table: np.ndarray) -> onnxruntime.InferenceSession:
    """logits[batch, tokens, classes] = table[ids]: a class for each word of a vocabulary."""
    return session(
        [helper.make_node("Gather", ["table", "ids"], ["logits"])],
        [("ids", TensorProto.INT64, ["batch", "tokens"])],
        [("logits", TensorProto.FLOAT, ["batch", "tokens", table.shape[1]])],
        table=table.astype(np.float32),
    )


def tagger_spec(classes: tuple[str, ...] | None = TAGS, **more: Any) -> ModelSpec:
    """Of `tagger` with as many classes as there are tags."""
    outputs = (Tensor("logits", "float32", ("batch", "tokens", 3)),)
    return model_spec("token-tagging", (TOKENS,), outputs, label="tags", classes=classes, **more)


DECODER_INPUTS = (
    Tensor("ids", "int64", ("batch", "tokens")),
    Tensor("mask", "int64", ("batch", "all_tokens")),
    Tensor("past", "float32", ("batch", 1, "past", 4)),
)
DECODER_OUTPUTS = (
    Tensor("logits", "float32", ("batch", "tokens", 8)),
    Tensor("present", "float32", ("batch", 1, "all_tokens", 4)),
)
DECODER_PREPARED = {"mask": Preparation(made="mask"), "past": Preparation(cache="present")}


def decoder_model(*, forgets: bool = False) -> onnx.ModelProto:
    """A causal model of 8 words; its logits depend on the sum of all words so far, which the cache holds.

    One that `forgets` leaves its cache out of the sum: the fault that a wrong export has.
    """
    random = np.random.default_rng(4)
    constants = {
        "words": random.normal(size=(8, 4)).astype(np.float32),
        "head": random.normal(size=(4, 8)).astype(np.float32),
        "one": np.array([1], np.int64),
        "two": np.array([2], np.int64),
        "axis": np.array(1, np.int64),
    }
    node = helper.make_node
    nodes = [
        node("Gather", ["words", "ids"], ["embedded"]),
        node("Unsqueeze", ["embedded", "one"], ["new"]),
        node("Concat", ["past", "new"], ["present"], axis=2),
        node("Squeeze", ["present", "one"], ["all"]),
        node("CumSum", ["embedded" if forgets else "all", "axis"], ["sums"]),
        node("Shape", ["ids"], ["shape"]),
        node("Gather", ["shape", "one"], ["count"]),
        node("Neg", ["count"], ["start"]),
        node("Constant", [], ["end"], value_ints=[2**31]),
        node("Slice", ["sums", "start", "end", "one"], ["own"]),
        node("Cast", ["mask"], ["seen"], to=TensorProto.FLOAT),
        node("ReduceMax", ["seen"], ["whole"], axes=[1], keepdims=1),
        node("Unsqueeze", ["whole", "two"], ["factor"]),
        node("Mul", ["own", "factor"], ["masked"]),
        node("MatMul", ["masked", "head"], ["logits"]),
    ]
    inputs = [
        ("ids", TensorProto.INT64, ["batch", "tokens"]),
        ("mask", TensorProto.INT64, ["batch", "all_tokens"]),
        ("past", TensorProto.FLOAT, ["batch", 1, "past", 4]),
    ]
    outputs = [
        ("logits", TensorProto.FLOAT, ["batch", "tokens", 8]),
        ("present", TensorProto.FLOAT, ["batch", 1, "all_tokens", 4]),
    ]
    sides = [[helper.make_tensor_value_info(*one) for one in side] for side in (inputs, outputs)]
    initializers = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "decoder", *sides, initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def decoder(*, forgets: bool = False) -> onnxruntime.InferenceSession:
    """`decoder_model` in onnxruntime."""
    made = decoder_model(forgets=forgets).SerializeToString()
    return onnxruntime.InferenceSession(made, providers=["CPUExecutionProvider"])


def decoder_spec(**more: Any) -> ModelSpec:
    """Of `decoder`; its label is its own tokens."""
    return model_spec(
        "language-model",
        DECODER_INPUTS,
        DECODER_OUTPUTS,
        label="ids",
        inputs_prepared=DECODER_PREPARED,
        **more,
    )


def detector() -> onnxruntime.InferenceSession:
    """Of each of 3 candidate boxes x[batch, 3, 5] (a box and its score) those with a score above 0.5.

    One image a call; boxes[found, 4], scores[found] and labels[found], all of class 1, without any where
    nothing is found.
    """
    node = helper.make_node
    return session(
        [
            node("Squeeze", ["x", "zero"], ["rows"]),
            node("Slice", ["rows", "zero", "four", "one"], ["corners"]),
            node("Slice", ["rows", "four", "five", "one"], ["column"]),
            node("Squeeze", ["column", "one"], ["sure"]),
            node("Greater", ["sure", "half"], ["chosen"]),
            node("Compress", ["corners", "chosen"], ["boxes"], axis=0),
            node("Compress", ["sure", "chosen"], ["scores"], axis=0),
            node("Shape", ["scores"], ["found"]),
            node("Expand", ["one", "found"], ["labels"]),
        ],
        [("x", TensorProto.FLOAT, [1, 3, 5])],
        [
            ("boxes", TensorProto.FLOAT, ["found", 4]),
            ("scores", TensorProto.FLOAT, ["found"]),
            ("labels", TensorProto.INT64, ["found"]),
        ],
        zero=np.array([0], np.int64),
        one=np.array([1], np.int64),
        four=np.array([4], np.int64),
        five=np.array([5], np.int64),
        half=np.float32(0.5),
    )


def detector_spec(form: str = "xyxy", **more: Any) -> ModelSpec:
    """Of `detector`; its truth is the columns `boxes` and `kinds`."""
    outputs = (
        Tensor("boxes", "float32", ("found", 4)),
        Tensor("scores", "float32", ("found",)),
        Tensor("labels", "int64", ("found",)),
    )
    inputs = (Tensor("x", "float32", (1, 3, 5)),)
    made = Detection(format=form)  # type: ignore[arg-type]
    return model_spec("detection", inputs, outputs, label=("boxes", "kinds"), detection=made, **more)


def encoded(pixels: np.ndarray, form: str = "PNG") -> bytes:
    """A picture of these pixels, 8 bits a channel, as a file's bytes."""
    from PIL import Image

    written = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(written, form)
    return written.getvalue()


def brightness() -> onnxruntime.InferenceSession:
    """probabilities[batch, 2] by the mean of the pixels x[batch, 3, 4, 4], which are 0 to 1."""
    node = helper.make_node
    return session(
        [
            node("ReduceMean", ["x"], ["mean"], axes=[1, 2, 3], keepdims=0),
            node("Sub", ["one", "mean"], ["dark"]),
            node("Unsqueeze", ["mean", "last"], ["p1"]),
            node("Unsqueeze", ["dark", "last"], ["p0"]),
            node("Concat", ["p0", "p1"], ["probabilities"], axis=1),
        ],
        [("x", TensorProto.FLOAT, ["batch", 3, 4, 4])],
        [("probabilities", TensorProto.FLOAT, ["batch", 2])],
        one=np.float32(1),
        last=np.array([1], np.int64),
    )


def brightness_spec(picture: Picture | None = None, **more: Any) -> ModelSpec:
    """Of `brightness`, with its pictures in the column x."""
    prepared = {"x": Preparation(image=picture or Picture((4, 4)))}
    return model_spec(
        "binary-classification",
        (Tensor("x", "float32", ("batch", 3, 4, 4)),),
        (Tensor("probabilities", "float32", ("batch", 2)),),
        inputs_prepared=prepared,
        **more,
    )
