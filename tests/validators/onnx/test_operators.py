"""The operators are those of the engine that is installed, each one allowed or refused by name."""

from onnxruntime import __version__
from onnxruntime.capi.onnxruntime_pybind11_state import get_all_operator_schema

from sluicegate.validators.onnx.operators import engine


def test_every_operator_that_the_engine_has_is_decided_on():
    has = {one.name for one in get_all_operator_schema() if one.domain == "com.microsoft"}
    ours = engine()
    assert ours.version == __version__
    assert ours.allowed["com.microsoft"] | set(ours.refused["com.microsoft"]) == has
    assert not ours.allowed["com.microsoft"] & set(ours.refused["com.microsoft"])


def test_quantized_and_fused_ones_are_allowed_and_what_loads_code_is_not():
    assert engine().fault("com.microsoft", "DynamicQuantizeLSTM") is None
    assert engine().fault("com.microsoft", "SkipLayerNormalization") is None
    for name in ("EPContext", "Snpe"):
        assert "native code" in str(engine().fault("com.microsoft", name))
