"""Operators that slide a window, or make one, over more than any machine has."""

import numpy as np

from hostile.models import model, node, only, tensor

THREAT = "windows, sums and products that make what no machine has"
CHECK = "onnx-bounds"
SAYS = "elements"


def image(name="image", size=3):
    return tensor(name, np.ones((1, 1, size, size)), np.float32)


def made(nodes, *tensors, **more):
    return only(model(nodes, tensors, **more))


def doubled_sequence():
    nodes = [node("SequenceConstruct", ["w", "w"], ["s0"])]
    for turn in range(40):
        nodes += [
            node("ConcatFromSequence", [f"s{turn}"], [f"t{turn}"], axis=0),
            node("SequenceConstruct", [f"t{turn}", f"t{turn}"], [f"s{turn + 1}"]),
        ]
    return made(nodes)


def filled(nodes, *tensors):
    """What computes the shape `s`, and a tensor of it."""
    return made([*nodes, node("ConstantOfShape", ["s"], ["o"])], *tensors)


def places():
    """As many places as another input or an attribute says."""
    big = 1 << 16
    wide = tensor("wide", np.zeros((1, big)), np.float32)
    channels = tensor("channels", np.zeros((1, big, 1, 1)), np.float32)
    grid = tensor("grid", np.zeros((1, 256, 256, 2)), np.float32)
    region, number = tensor("region", [[0, 0, 1, 1]], np.float32), tensor("number", [0])
    regions = tensor("regions", [[0, 0, 0, 1, 1]], np.float32)
    indices, shape = tensor("indices", np.zeros((big, 1))), tensor("shape", [big, big])
    columns, one = tensor("columns", np.zeros((1, 1, 1)), np.float32), tensor("one", [1, 1])
    aligned = node("RoiAlign", ["image", "region", "number"], ["o"], output_height=big, output_width=big)
    pooled = node("MaxRoiPool", ["image", "regions"], ["o"], pooled_shape=[big, big])
    for name, nodes, tensors in (
        ("gathered slices", node("GatherND", ["wide", "indices"], ["o"]), (wide, indices)),
        ("padding to a shape", node("CenterCropPad", ["wide", "shape"], ["o"]), (wide, shape)),
        ("padding of axes", node("CenterCropPad", ["wide", "shape"], ["o"], axes=[0, 1]), (wide, shape)),
        ("columns to an image", node("Col2Im", ["columns", "shape", "one"], ["o"]), (columns, shape, one)),
        ("a grid over channels", node("GridSample", ["channels", "grid"], ["o"]), (channels, grid)),
        ("a region's places", aligned, (image(), region, number)),
        ("a region's pools", pooled, (image(), regions)),
    ):
        yield name, made([nodes], *tensors), CHECK, SAYS


def cases():
    big, kernel = 10**6, image("kernel")
    yield from places()
    sizes = tensor("size", [1, 1, big, big])
    yield (
        "transposed stride",
        made([node("ConvTranspose", ["image", "kernel"], ["o"], strides=[big, big])], image(), kernel),
        CHECK,
        SAYS,
    )
    yield (
        "padded convolution",
        made([node("Conv", ["image", "kernel"], ["o"], pads=[big] * 4)], image(), kernel),
        CHECK,
        SAYS,
    )
    for name in ("AveragePool", "MaxPool"):
        pooled = node(name, ["image"], ["o"], kernel_shape=[2, 2], pads=[big] * 4)
        yield f"padded {name}", made([pooled], image()), CHECK, SAYS
    unpooled = node("MaxUnpool", ["one", "at", "size"], ["o"], kernel_shape=[2, 2])
    yield "unpooling", made([unpooled], image("one", 1), tensor("at", [[[[0]]]]), sizes), CHECK, SAYS
    theta = tensor("theta", np.ones((1, 2, 3)), np.float32)
    yield "grid", made([node("AffineGrid", ["theta", "size"], ["o"])], theta, sizes, opset=20), CHECK, SAYS
    for name in ("BlackmanWindow", "HannWindow", "HammingWindow"):
        yield name, made([node(name, ["n"], ["o"])], tensor("n", 10**11)), CHECK, SAYS
    yield (
        "transform",
        made(
            [node("DFT", ["signal", "n"], ["o"], axis=1)],
            tensor("signal", np.ones((1, 4, 1)), np.float32),
            tensor("n", 10**11),
        ),
        CHECK,
        SAYS,
    )
    mel = [tensor("bins", big), tensor("n", big), tensor("rate", 8192)]
    edges = [tensor("low", 0.0, np.float32), tensor("high", 8192.0, np.float32)]
    names = ["bins", "n", "rate", "low", "high"]
    yield "mel", made([node("MelWeightMatrix", names, ["o"])], *mel, *edges), CHECK, SAYS
    yield (
        "outer product of four",
        made(
            [node("Einsum", ["v"] * 4, ["o"], equation="i,j,k,l->ijkl")],
            tensor("v", np.ones(1_000), np.float32),
        ),
        CHECK,
        SAYS,
    )
    yield "a sequence that doubles", doubled_sequence(), CHECK, SAYS
    yield (
        "shifted",
        filled(
            [node("BitShift", ["a", "b"], ["u"], direction="LEFT"), node("Cast", ["u"], ["s"], to=7)],
            tensor("a", [1], np.uint64),
            tensor("b", [40], np.uint64),
        ),
        CHECK,
        SAYS,
    )
    yield (
        "summed",
        filled([node("CumSum", ["a", "axis"], ["s"])], tensor("a", [10**5, 10**5, 10**4]), tensor("axis", 0)),
        CHECK,
        SAYS,
    )
    for name, value in {"Exp": 25.0, "Neg": -1e11, "Abs": -1e11, "Ceil": 1e11, "Sqrt": 1e22}.items():
        nodes = [node(name, ["a"], ["f"]), node("Cast", ["f"], ["s"], to=7)]
        yield f"computed by {name}", filled(nodes, tensor("a", [value], np.float32)), CHECK, SAYS
    for name in ("Max", "Min"):
        pair = tensor("a", [10**11]), tensor("b", [10**11 + 1])
        yield f"computed by {name}", filled([node(name, ["a", "b"], ["s"])], *pair), CHECK, SAYS
