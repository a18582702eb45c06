"""onnx's own checker, on a model whose large tensors are left out."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

from sluicegate.validators.onnx.outline import write_outline

_ERRORS = r"\[ShapeInferenceError\] Inference error\(s\): "
_IN_A_BODY = rf"\(op_type:(\w+)[^()]*\): {_ERRORS}\(op_type:Constant[^()]*\): \[ShapeInferenceError\] [^()]*"
_ALL_IN_BODIES = re.compile(f"{_ERRORS}({_IN_A_BODY})+")


def checker_fault(path: Path) -> str | None:
    """What onnx.checker refuses. By path: from bytes it would search the working directory."""
    import onnx

    with tempfile.TemporaryDirectory() as folder:
        outline = write_outline(path, Path(folder))
        try:
            onnx.checker.check_model(str(outline), full_check=True)
        except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as problem:
            words = " ".join(str(problem).replace(f"{folder}/", "").split())
            if not of_onnx_itself(words):
                return words[:500]
    return None


def of_onnx_itself(words: str) -> bool:
    """Whether these errors are all of Constant nodes that onnx has in its own definitions of operators.

    A Constant has no input, so nothing of the model's shapes reaches it: onnx 1.23 has one without a value in
    MeanVarianceNormalization where the model leaves out `axes`. The graph was checked before its shapes, and
    the engine, which loads it in the contained child, infers them again.
    """
    import onnx

    if _ALL_IN_BODIES.fullmatch(words) is None:
        return False
    operators = re.findall(_IN_A_BODY, words)
    schemas: list[Any] = [onnx.defs.get_schema(name) for name in operators if onnx.defs.has(name)]
    with_a_body = [one for one in schemas if one.has_function or one.has_context_dependent_function]
    return len(with_a_body) == len(operators)
