from __future__ import annotations

import pytest

from sluicegate.specs.model import Data, File, ModelSpec, Rollout, Score, Serving, Signature, Tensor

FILE = File("model.onnx", "sha256:" + "0" * 64)


@pytest.fixture
def model() -> ModelSpec:
    """A model with a score and three edges."""
    return ModelSpec(
        name="m",
        owners=("me",),
        version=1,
        task="regression",
        artifact=FILE,
        signature=Signature((Tensor("x", "float32", ("n", 2)),), (Tensor("y", "float32", ("n",)),)),
        data=Data(FILE, FILE, "label"),
        serving=Serving(),
        rollout=Rollout(),
        score=Score("y", edges=(0.25, 0.5, 0.75)),
    )
