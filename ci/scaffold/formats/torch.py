"""PyTorch, by torch.onnx: TorchScript, or a pickled module, whose code has to be importable."""

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
SUFFIXES = (".pt", ".pth")
SAVE_AS = "torch.jit.trace(model, example).save('model.pt')"
RUNS_CODE = True
OUTPUT = "output"


def load(path: Path) -> Any:
    """The module, in the mode for answers."""
    import torch

    try:
        model = torch.jit.load(str(path), map_location="cpu")
    except RuntimeError:
        model = torch.load(path, map_location="cpu", weights_only=False)
    if not isinstance(model, torch.nn.Module):
        raise Unavailable(
            f"{path.name} holds a {type(model).__name__}, not a module: weights alone define no computation",
            remedy="Save the whole model: torch.jit.trace(model, example).save('model.pt').",
        )
    return model.eval()


def columns(model: Any) -> list[str]:
    """None: a module does not store column names."""
    del model
    return []


def to_onnx(model: Any, features: Features) -> ModelProto:
    """One input for all columns, with an open first dimension; each output named by its number."""
    import torch

    example = torch.from_numpy(features.matrix[:2].copy())
    count = len(_run(model, features))
    names = [OUTPUT] if count == 1 else [f"{OUTPUT}_{at}" for at in range(count)]
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


def answers(model: Any, features: Features) -> list[Array | None]:
    """What the module gives, output by output."""
    return list(_run(model, features))


def _run(model: Any, features: Features) -> list[Array]:
    import torch

    with torch.no_grad():
        given = model(torch.from_numpy(features.matrix))
    parts = given if isinstance(given, tuple | list) else (given,)
    return [part.numpy() for part in parts]
