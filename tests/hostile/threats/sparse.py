"""Sparse tensors that expand beyond memory, or write outside of it."""

from onnx import helper

from hostile.models import node, only, proto, tensor

THREAT = "sparse tensors that expand, or whose indices lie outside"


def sparse(indices, dims, values=(1.0,)):
    made = proto([node("Identity", ["k"], ["r"])])
    made.graph.sparse_initializer.append(
        helper.make_sparse_tensor(tensor("k", values, "float32"), tensor("i", indices), dims)
    )
    return only(made)


def cases():
    yield "a terabyte", sparse([0], [10**6, 10**6]), "onnx-format", "expands to"
    yield "outside", sparse([12], [3, 4]), "onnx-format", "indices outside"
    yield "negative", sparse([-1], [3, 4]), "onnx-format", "indices outside"
    yield "outside by axis", sparse([[0, 4]], [3, 4]), "onnx-format", "indices outside"
    yield "more indices", sparse([0, 1], [3, 4]), "onnx-format", "indices of shape"
    yield "no sizes", sparse([0], [0, 4]), "onnx-format", "lacks values, indices or sizes"
