"""How a model is run; known without onnxruntime, and before a model is read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EngineOptions:
    """How a session computes: on so many threads within an operator, on a GPU by CUDA where there is one."""

    threads: int = 1
    cuda: bool = False
    where: str = ""
    """The environment that it is served so in."""
    tf32: bool = False
    """A GPU may multiply fp32 by 10 bits, as Triton's onnxruntime does; onnx-server's does not."""
    without_gpu: bool = False
    """It is served on a GPU, and this machine has none."""
    rounded: bool = False
    """Each result of 16 bits is rounded to them, as on a GPU."""


ON_ONE_THREAD = EngineOptions()
