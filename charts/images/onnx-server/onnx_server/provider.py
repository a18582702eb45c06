"""Where onnxruntime computes: on the CPU, or on a GPU by CUDA; never on another one than was requested.

Source: onnxruntime, "CUDA Execution Provider", configuration options; onnxruntime#29252 and #29808: cuDNN and
cuFFT are looked for only when an operator needs them.
"""

import contextlib
import ctypes
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sluicegate.onnx_server.errors import ProviderUnavailable
from sluicegate.specs.placement import CUDA, FULL_FP32, TF32, on_cuda, operators

CPU = "CPUExecutionProvider"
ARENA = {"next-power-of-two": "kNextPowerOfTwo", "same-as-requested": "kSameAsRequested"}
LIBRARIES = {
    "libcublasLt.so.13": "nvidia-cublas",
    "libcublas.so.13": "nvidia-cublas",
    "libcurand.so.10": "nvidia-curand",
    "libcudart.so.13": "nvidia-cuda-runtime",
    "libcufft.so.12": "nvidia-cufft",
    "libcudnn.so.9": "nvidia-cudnn-cu13",
    "libnvrtc.so.13": "nvidia-cuda-nvrtc",
}
"""What the CUDA provider of onnxruntime-gpu 1.31 loads, and which package of the extra `gpu` has it."""
DRIVER = "libcuda.so.1"
"""It belongs to the node, not to an image: the NVIDIA container runtime brings it."""
_INSTALL = "install the extra 'gpu' with all that it brings"
_NODE = "give the container a GPU, with NVIDIA's container runtime and driver 580 or newer"
_REMEDY = f"{_INSTALL}, {_NODE}, or use --provider cpu"


@dataclass(frozen=True)
class Provider:
    """`name` is cpu or cuda. `gpu_mem_limit`: bytes of onnxruntime's arena alone; None: all there is.

    `tf32`: multiply fp32 by 10 bits of 23, as onnxruntime does unless it is told not to; validation judged
    all of them.
    """

    name: str = "cpu"
    gpu_mem_limit: int | None = None
    arena_extend_strategy: str | None = None
    tf32: bool = False

    def requested(self) -> list[Any]:
        """The providers to open a session with, as onnxruntime takes them."""
        if self.name == "cpu":
            return [CPU]
        options = dict(TF32 if self.tf32 else FULL_FP32)
        if self.gpu_mem_limit is not None:
            options["gpu_mem_limit"] = str(self.gpu_mem_limit)
        if self.arena_extend_strategy is not None:
            options["arena_extend_strategy"] = ARENA[self.arena_extend_strategy]
        # An operator without a CUDA kernel runs on the CPU; that is onnxruntime's rule and no failure.
        return [(CUDA, options), CPU]

    def prepare(self, onnxruntime: Any) -> None:
        """Raise ProviderUnavailable unless this onnxruntime has the provider and all that it loads is here.

        Without cuDNN, say, a session is made and confirmed; then each convolution fails.
        """
        if self.name == "cpu":
            return
        available = onnxruntime.get_available_providers()
        if CUDA not in available:
            raise ProviderUnavailable(
                f"--provider cuda: onnxruntime has only {', '.join(available)}", _REMEDY
            )
        with contextlib.redirect_stdout(sys.stderr):
            onnxruntime.preload_dlls()  # from the extra's packages, else from the base
        for names, remedy in ((LIBRARIES, _INSTALL), ((DRIVER,), _NODE)):
            if missing := unloadable(names):
                raise ProviderUnavailable(
                    f"--provider cuda: {', '.join(missing)}", f"{remedy}, or use --provider cpu"
                )

    def confirm(self, session: Any) -> None:
        """Raise ProviderUnavailable if onnxruntime took another one for the session; later it cannot."""
        providers = session.get_providers()
        if self.name == "cuda" and providers[:1] != [CUDA]:
            raise ProviderUnavailable(
                f"--provider cuda: the session runs on {', '.join(providers)}, onnxruntime printed why",
                _REMEDY,
            )
        session.disable_fallback()  # else a run that fails on the GPU moves it to the CPU, for good

    def described(self, session: Any) -> str:
        """The provider, and for cuda how much of the model it runs: not every operator has a kernel."""
        return self.name if self.name == "cpu" else f"{self.name}: {on_cuda(operators(session))}"


def unloadable(names: Iterable[str]) -> list[str]:
    """The loader's error for each library that it cannot load. What is loaded already is found by name."""
    errors = []
    for name in names:
        try:
            ctypes.CDLL(name)
        except OSError as error:
            errors.append(str(error))
    return errors


ON_CPU = Provider()
