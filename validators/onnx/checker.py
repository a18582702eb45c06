"""onnx's own checker, on a model whose large tensors are left out."""

from __future__ import annotations

import tempfile
from pathlib import Path

from sluicegate.validators.onnx.outline import write_outline


def checker_fault(path: Path) -> str | None:
    """What onnx.checker refuses. By path: from bytes it would search the working directory."""
    import onnx

    with tempfile.TemporaryDirectory() as folder:
        outline = write_outline(path, Path(folder))
        try:
            onnx.checker.check_model(str(outline), full_check=True)
        except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as problem:
            return " ".join(str(problem).replace(f"{folder}/", "").split())[:500]
    return None
