"""Where onnxruntime computes: on the CPU, or on a GPU by CUDA; never on another one than was asked for.

Source: onnxruntime, "CUDA Execution Provider", configuration options.
"""

from dataclasses import dataclass
from typing import Any

from onnx_server.errors import ProviderUnavailable

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
ARENA = {"next-power-of-two": "kNextPowerOfTwo", "same-as-requested": "kSameAsRequested"}
_REMEDY = "install the extra 'gpu' on a base with CUDA and cuDNN, give the pod a GPU, or use --provider cpu"


@dataclass(frozen=True)
class Provider:
    """`name` is cpu or cuda. `gpu_mem_limit`: bytes of onnxruntime's arena alone; None: all there is."""

    name: str = "cpu"
    gpu_mem_limit: int | None = None
    arena_extend_strategy: str | None = None

    def wanted(self) -> list[Any]:
        """The providers to open a session with, as onnxruntime takes them."""
        if self.name == "cpu":
            return [CPU]
        options: dict[str, str] = {}
        if self.gpu_mem_limit is not None:
            options["gpu_mem_limit"] = str(self.gpu_mem_limit)
        if self.arena_extend_strategy is not None:
            options["arena_extend_strategy"] = ARENA[self.arena_extend_strategy]
        # An operator without a CUDA kernel runs on the CPU; that is onnxruntime's rule and no failure.
        return [(CUDA, options), CPU]

    def prepare(self, onnxruntime: Any) -> None:
        """Raise ProviderUnavailable unless this onnxruntime has the provider built in."""
        if self.name == "cpu":
            return
        available = onnxruntime.get_available_providers()
        if CUDA not in available:
            raise ProviderUnavailable(
                f"--provider cuda: onnxruntime has only {', '.join(available)}; {_REMEDY}"
            )
        if hasattr(onnxruntime, "preload_dlls"):
            onnxruntime.preload_dlls()  # finds CUDA in Python packages, too

    def confirm(self, session: Any) -> None:
        """Raise ProviderUnavailable if onnxruntime silently took another one for the session."""
        found = session.get_providers()
        if self.name == "cuda" and found[:1] != [CUDA]:
            raise ProviderUnavailable(f"--provider cuda: the session runs on {', '.join(found)}; {_REMEDY}")


ON_CPU = Provider()
