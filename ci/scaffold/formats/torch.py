"""PyTorch, by torch.onnx: a program of torch.export, TorchScript, or a pickled module whose code is here."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import onnx

from sluicegate.ci.scaffold.formats.base import INPUT, OPSETS, Array, Features
from sluicegate.validators.runner.inputs import Unavailable

if TYPE_CHECKING:
    from onnx import ModelProto

REQUIRES = ("torch", "onnxscript")
SUFFIXES = (".pt2", ".pt", ".pth")
SAVE_AS = (
    "torch.export.save(torch.export.export(model, (example,), "
    "dynamic_shapes=({0: torch.export.Dim('batch')},)), 'model.pt2')"
)
RUNS_CODE = True
OUTPUT = "output"


def load(path: Path) -> Any:
    """The module, in the mode for answers; of a `.pt2` the program that torch.export wrote."""
    import torch

    if path.suffix.lower() == ".pt2":
        return torch.export.load(path)
    try:
        model = torch.jit.load(str(path), map_location="cpu")
    except RuntimeError:
        model = torch.load(path, map_location="cpu", weights_only=False)
    if not isinstance(model, torch.nn.Module):
        raise Unavailable(
            f"{path.name} holds a {type(model).__name__}, not a module: weights alone define no computation",
            remedy=f"Save the whole model: {SAVE_AS}.",
        )
    return model.eval()


def columns(model: Any) -> list[str]:
    """None: a module does not store column names."""
    del model
    return []


def to_onnx(model: Any, features: Features) -> ModelProto:
    """One input for all columns, with an open first dimension; each output named by its number."""
    import torch

    if isinstance(model, torch.export.ExportedProgram):
        return _of_program(model)
    names = _output_names(len(_run(model, features)))
    example = torch.from_numpy(features.matrix[:2].copy())
    target = io.BytesIO()
    torch.onnx.export(
        model,
        (example,),
        target,
        input_names=[INPUT],
        output_names=names,
        dynamic_axes={name: {0: "batch"} for name in (INPUT, *names)},
        opset_version=OPSETS[""],
        dynamo=False,
    )
    return onnx.load_from_string(target.getvalue())


def _output_names(count: int) -> list[str]:
    return [OUTPUT] if count == 1 else [f"{OUTPUT}_{at}" for at in range(count)]


def _of_program(program: Any) -> ModelProto:
    """With the dimensions that the program leaves open. Raises Unavailable for a fixed batch."""
    import torch

    names = _output_names(len(program.graph_signature.user_outputs))
    made: ModelProto = torch.onnx.export(
        program, input_names=[INPUT], output_names=names, dynamo=True, verbose=False
    ).model_proto
    (tensor,) = made.graph.input
    first = tensor.type.tensor_type.shape.dim[0]
    if first.HasField("dim_value"):
        raise Unavailable(
            f"the program was exported for batches of {first.dim_value} rows", remedy=f"Export it: {SAVE_AS}."
        )
    return made


def answers(model: Any, features: Features) -> list[Array | None]:
    """What the module gives, output by output."""
    return list(_run(model, features))


def _run(model: Any, features: Features) -> list[Array]:
    import torch

    run = model.module() if isinstance(model, torch.export.ExportedProgram) else model
    with torch.no_grad():
        given = run(torch.from_numpy(features.matrix))
    if isinstance(given, dict):
        raise Unavailable(
            f"it returns a dict ({', '.join(map(str, given))}), whose order a caller would have to know",
            remedy="Wrap it in a module whose forward returns the tensors, one or a tuple, and save that.",
        )
    parts = given if isinstance(given, tuple | list) else (given,)
    return [part.numpy() for part in parts]
