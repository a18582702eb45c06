"""The precision that an ONNX file computes in, from its operators and the numbers that it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sluicegate.validators.onnx.facts import Graph

QUANTIZED = frozenset(
    {
        "ConvInteger",
        "DequantizeLinear",
        "DynamicQuantizeLSTM",
        "DynamicQuantizeLinear",
        "DynamicQuantizeMatMul",
        "MatMulInteger",
        "MatMulIntegerToFloat",
        "MatMulNBits",
        "QAttention",
        "QEmbedLayerNormalization",
        "QGemm",
        "QLinearConv",
        "QLinearMatMul",
        "QuantizeLinear",
    }
)
"""Operators that only quantized models have (onnxruntime's quantization tool writes them)."""
WORDS = {"bfloat16": "bf16", "float16": "fp16", "float64": "fp64", "float32": "fp32"}
"""Element types as `serving.precision` calls them."""


def precision_of(graph: Graph) -> str:
    """`int8`, `bf16`, `fp16`, `fp64` or `fp32`.

    A quantized operator makes it int8, a single tensor of 16 bits bf16 or fp16; fp64 is it where most of its
    floating-point numbers are. A model without any, as a tree ensemble, computes in fp32.
    """
    if any(operator in QUANTIZED for _, operator in graph.ops):
        return "int8"
    held = floating(graph.numbers)
    for dtype in ("bfloat16", "float16"):
        if held.get(dtype):
            return WORDS[dtype]
    return WORDS[max(held, key=lambda dtype: held[dtype])] if any(held.values()) else "fp32"


def floating(numbers: Mapping[str, int]) -> dict[str, int]:
    """Of the numbers by element type those that are floating-point."""
    return {dtype: numbers.get(dtype, 0) for dtype in WORDS}
