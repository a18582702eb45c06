"""What must hold between `inputs` and `detection` of model.yaml and the signature."""

from __future__ import annotations

from collections.abc import Iterator

from sluicegate.specs.detection import Detection
from sluicegate.specs.model import ModelSpec, Tensor
from sluicegate.specs.preparation import Picture, Preparation
from sluicegate.specs.yamlio import Document, Location, Problem

WHOLE = ("int32", "int64")
"""Types of masks and positions; a mask may be of floats, or bool, as well."""
MASKS = (*WHOLE, "bool", "float16", "float32", "float64")
PIXELS = ("uint8", "float16", "float32", "float64")


def preparation_problems(document: Document, model: ModelSpec) -> Iterator[Problem]:
    """A problem for each entry of `inputs` that the signature does not fit."""
    known = {tensor.name: tensor for tensor in model.signature.inputs}
    for name, prepared in model.inputs.items():
        at: Location = ("spec", "inputs", name)
        if name not in known:
            remedy = f"name one of {', '.join(known)}"
            yield document.problem(at, f"the signature has no input {name!r}", remedy, key=True)
        else:
            yield from _prepared(document, at, model, known[name], prepared)


def detection_problems(document: Document, model: ModelSpec) -> Iterator[Problem]:
    """A detector has the outputs that are named, and its truth is boxes, or boxes and their classes."""
    if model.task != "detection":
        if model.detection is not None:
            message = f"detection says what a detector answers, and the task is {model.task}"
            yield document.problem(("spec", "detection"), message, "leave it out", key=True)
        return
    declared = model.detection or Detection()
    outputs = [tensor.name for tensor in model.signature.outputs]
    for key in ("boxes", "scores", "labels", "count"):
        name = getattr(declared, key)
        if name is None or name in outputs:
            continue
        at: Location = ("spec", "task") if model.detection is None else ("spec", "detection")
        message = f"the signature has no output {name!r}, the detector's {key}"
        yield document.problem(at, message, f"name one of {', '.join(outputs)}: detection: {{{key}: ...}}")
    wanted = 1 if declared.labels is None else 2
    if len(model.data.labels) != wanted:
        message = f"{len(model.data.labels)} columns are the label, and this detector has {wanted}"
        remedy = "name the true boxes, then their classes: label: [boxes, classes]"
        if wanted == 1:
            remedy = "name the column of true boxes"
        yield document.problem(("spec", "data", "label"), message, remedy)


def _prepared(
    document: Document, at: Location, model: ModelSpec, tensor: Tensor, prepared: Preparation
) -> Iterator[Problem]:
    if prepared.image is not None:
        yield from _picture(document, (*at, "image"), tensor, prepared.image)
    elif prepared.cache is not None:
        yield from _cache(document, (*at, "cache"), model, tensor, prepared.cache)
    else:
        types = MASKS if prepared.made == "mask" else WHOLE
        if tensor.dtype not in types or len(tensor.shape) != 2:
            message = f"{tensor.name!r} is {tensor.dtype} {list(tensor.shape)}, and no {prepared.made}"
            yield document.problem((*at, "made"), message, f"one is [batch, tokens] of {', '.join(types)}")


def _picture(document: Document, at: Location, tensor: Tensor, picture: Picture) -> Iterator[Problem]:
    pairs = zip(tensor.shape[1:], picture.shape, strict=False)
    if len(tensor.shape) != 4 or any(isinstance(size, int) and size != own for size, own in pairs):
        message = (
            f"a picture is {list(picture.shape)}, and a row of {tensor.name!r} is {list(tensor.shape[1:])}"
        )
        yield document.problem(at, message, "give size, layout and channels as the input has them")
    if tensor.dtype not in PIXELS:
        message = f"{tensor.name!r} is {tensor.dtype}, and pixels are {', '.join(PIXELS)}"
        yield document.problem(at, message, "cast in the graph")
    plain = (picture.scale, set(picture.mean), set(picture.std)) == (1, {0}, {1})
    if tensor.dtype == "uint8" and not plain:
        message = f"{tensor.name!r} is uint8, and scaled pixels have fractions"
        yield document.problem(at, message, "write scale: 1, without mean and std")


def _cache(
    document: Document, at: Location, model: ModelSpec, tensor: Tensor, name: str
) -> Iterator[Problem]:
    """A cache begins with a length of 0, and grows by the output that is named."""
    outputs = {output.name: output for output in model.signature.outputs}
    if name not in outputs:
        message = f"the signature has no output {name!r}"
        yield document.problem(at, message, f"name one of {', '.join(outputs)}")
    elif outputs[name].dtype != tensor.dtype or len(outputs[name].shape) != len(tensor.shape):
        message = (
            f"{name!r} is {outputs[name].dtype} {list(outputs[name].shape)}, and cannot be {tensor.name!r}"
        )
        yield document.problem(at, message, "name the output with the new cache of that layer")
    if not any(isinstance(size, str) for size in tensor.shape[1:]):
        message = f"{tensor.name!r} has no open dimension that grows with the tokens"
        yield document.problem(at, message, "export it with the cache's length open, such as `past`")
