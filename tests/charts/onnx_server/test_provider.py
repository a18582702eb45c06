"""Never on another processor than was asked for."""

import onnxruntime
import pytest
from onnx_server.errors import ProviderUnavailable
from onnx_server.provider import ON_CPU, Provider


def test_the_cpu_is_the_default_and_confirmed(artifact):
    session = onnxruntime.InferenceSession(str(artifact("row_mean")[0]), providers=ON_CPU.wanted())
    ON_CPU.prepare(onnxruntime)
    ON_CPU.confirm(session)
    assert session.get_providers() == ["CPUExecutionProvider"]


def test_options_of_the_arena_go_to_cuda():
    provider = Provider("cuda", 2**31, "same-as-requested")
    options = {"gpu_mem_limit": "2147483648", "arena_extend_strategy": "kSameAsRequested"}
    assert provider.wanted() == [("CUDAExecutionProvider", options), "CPUExecutionProvider"]
    assert Provider("cuda").wanted()[0] == ("CUDAExecutionProvider", {})


@pytest.mark.skipif(
    "CUDAExecutionProvider" in onnxruntime.get_available_providers(), reason="this one has CUDA"
)
def test_cuda_that_is_not_there_is_refused_before_anything_is_served(artifact, refused):
    code, message = refused(*artifact("row_mean"), "--provider", "cuda")
    assert code == 1
    assert "ProviderUnavailable" in message and "--provider cpu" in message


def test_a_silent_fall_back_is_refused(artifact):
    session = onnxruntime.InferenceSession(str(artifact("row_mean")[0]), providers=["CPUExecutionProvider"])
    with pytest.raises(ProviderUnavailable, match="the session runs on CPUExecutionProvider"):
        Provider("cuda").confirm(session)


def test_the_metrics_name_it(serve):
    with serve("row_mean") as served:
        (labels,) = [dict(key[1]) for key in served.samples() if key[0] == "sluice_server_info"]
    assert labels["provider"] == "cpu"
