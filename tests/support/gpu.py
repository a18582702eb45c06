"""Tests that need a GPU, or none."""

import onnxruntime
import pytest

from sluicegate.onnx_server.provider import DRIVER, unloadable
from sluicegate.specs.placement import CUDA

HERE = CUDA in onnxruntime.get_available_providers() and not unloadable([DRIVER])
needs_gpu = pytest.mark.skipif(
    not HERE, reason="needs onnxruntime-gpu and NVIDIA's driver; this machine has not both"
)
needs_no_gpu = pytest.mark.skipif(
    HERE, reason="this machine has a GPU and onnxruntime-gpu: there is nothing to refuse"
)
