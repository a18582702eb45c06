"""Where onnxruntime runs each operator of a model: a provider that was asked for may have a kernel for none.

Source: onnxruntime, onnxruntime_session_options_config_keys.h, `session.record_ep_graph_assignment_info`.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

RECORD = ("session.record_ep_graph_assignment_info", "1")
"""The entry of SessionOptions with which a session can be asked."""
CUDA = "CUDAExecutionProvider"
TF32 = {"use_tf32": "1"}
FULL_FP32 = {"use_tf32": "0"}
"""Options of CUDA: whether it may multiply fp32 by 10 bits of its 23, which is onnxruntime's own default."""
_NAMED = 4
"""Kinds of operators that are named before the rest is counted."""


def operators(session: Any) -> Mapping[str, Counter[str]]:
    """By provider, how many operators of each kind run on it. The session must have been made with RECORD."""
    found: dict[str, Counter[str]] = {}
    for part in session.get_provider_graph_assignment_info():
        found.setdefault(part.ep_name, Counter()).update(node.op_type for node in part.get_nodes())
    return found


def on_cuda(placed: Mapping[str, Counter[str]]) -> str:
    """How many of the operators run on the GPU, and which do not: `8 of 10 operators, not 2 Softmax`."""
    there = placed.get(CUDA, Counter()).total()
    others: Counter[str] = sum((kinds for name, kinds in placed.items() if name != CUDA), Counter())
    total = there + others.total()
    if not others:
        return f"all {total} operators"
    kinds = [f"{count} {kind}" for kind, count in others.most_common(_NAMED)]
    if len(others) > _NAMED:
        kinds.append(f"{len(others) - _NAMED} more kinds")
    return f"{there or 'none'} of {total} operators, not {', '.join(kinds)}"
