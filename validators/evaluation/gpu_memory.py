"""How much memory of a GPU a call takes, as CUDA counts it for the whole card."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

CUDART = "libcudart.so.13"
"""The runtime that onnxruntime-gpu 1.31 has loaded."""


def growth(shrinking: Callable[[], object], work: Callable[[], object]) -> int | None:
    """Bytes by which onnxruntime's arena on the GPU grows for the work.

    `shrinking` is the same work, after which the arena gives back what is not in use. What others take or
    give back on the card meanwhile counts as well; None where CUDA does not tell.
    """
    shrinking()
    before = free()
    work()
    after = free()
    if before is None or after is None:
        return None
    return max(before - after, 0)


def free() -> int | None:
    """Free bytes of this thread's GPU; None where there is none."""
    try:
        ask = ctypes.CDLL(CUDART).cudaMemGetInfo
    except (OSError, AttributeError):
        return None
    left, total = ctypes.c_size_t(), ctypes.c_size_t()
    code: int = ask(ctypes.byref(left), ctypes.byref(total))
    return left.value if code == 0 else None
