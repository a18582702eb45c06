"""Never on another processor than was asked for."""

import re
import tomllib
from pathlib import Path

import onnxruntime
import pytest
from support.gpu import needs_no_gpu

from sluicegate.onnx_server.errors import ProviderUnavailable
from sluicegate.onnx_server.provider import DRIVER, LIBRARIES, ON_CPU, Provider, unloadable

PROJECT = Path(__file__).parents[3] / "charts/images/onnx-server"


def locked(variant: str) -> dict[str, tuple[str, int]]:
    """Package -> its version and how many hashes it has, of one lock."""
    text = (PROJECT / f"requirements.{variant}.lock").read_text()
    entries = re.findall(r"^([\w.-]+)==([^ ;]+)(.*(?:\n    --hash=sha256:[0-9a-f]{64}.*)*)", text, re.M)
    return {name: (version, rest.count("--hash=")) for name, version, rest in entries}


def test_the_cpu_is_the_default_and_confirmed(artifact):
    session = onnxruntime.InferenceSession(str(artifact("row_mean")[0]), providers=ON_CPU.requested())
    ON_CPU.prepare(onnxruntime)
    ON_CPU.confirm(session)
    assert session.get_providers() == ["CPUExecutionProvider"]


def test_options_of_the_arena_go_to_cuda():
    provider = Provider("cuda", 2**31, "same-as-requested")
    (name, options), beside = provider.requested()
    assert (name, beside) == ("CUDAExecutionProvider", "CPUExecutionProvider")
    assert options["gpu_mem_limit"] == "2147483648"
    assert options["arena_extend_strategy"] == "kSameAsRequested"


def test_a_gpu_multiplies_fp32_by_all_its_bits_unless_asked_not_to():
    """onnxruntime's own default is TF32: an error of a thousandth, beside scores that were judged in fp32."""
    assert Provider("cuda").requested()[0] == ("CUDAExecutionProvider", {"use_tf32": "0"})
    assert Provider("cuda", tf32=True).requested()[0] == ("CUDAExecutionProvider", {"use_tf32": "1"})


@needs_no_gpu
def test_cuda_that_is_not_there_is_refused_before_anything_is_served(artifact, refused):
    code, message = refused(*artifact("row_mean"), "--provider", "cuda")
    assert code == 1
    assert "ProviderUnavailable" in message and "--provider cpu" in message


def test_a_silent_fall_back_is_refused(artifact):
    session = onnxruntime.InferenceSession(str(artifact("row_mean")[0]), providers=["CPUExecutionProvider"])
    with pytest.raises(ProviderUnavailable, match="the session runs on CPUExecutionProvider"):
        Provider("cuda").confirm(session)


def test_a_session_cannot_go_to_the_cpu_later(artifact):
    session = onnxruntime.InferenceSession(str(artifact("row_mean")[0]), providers=ON_CPU.requested())
    assert session._enable_fallback
    ON_CPU.confirm(session)
    assert not session._enable_fallback


def test_each_library_that_cannot_be_loaded_is_named():
    assert unloadable(["libc.so.6"]) == []
    assert unloadable(["libnone.so.1", "libc.so.6", "libnone.so.2"]) == [
        f"libnone.so.{n}: cannot open shared object file: No such file or directory" for n in (1, 2)
    ]


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_gpu_lock_brings_each_library_of_cuda(library):
    version, hashes = locked("gpu")[LIBRARIES[library]]
    assert library.rpartition(".")[2] == version.partition(".")[0]
    assert hashes


def test_the_driver_comes_with_the_node_and_no_cuda_with_the_cpu():
    assert DRIVER not in LIBRARIES
    assert not [name for name in locked("cpu") if name.startswith("nvidia-")]


@pytest.mark.parametrize("variant", ["cpu", "gpu"])
def test_a_lock_has_the_onnxruntime_of_its_extra(variant):
    extras = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    name, version = re.sub(r"\[.*\]", "", extras[variant][0]).split("==")
    assert locked(variant)[name][0] == version


def test_the_metrics_name_it(serve):
    with serve("row_mean") as served:
        (labels,) = [dict(key[1]) for key in served.samples() if key[0] == "sluice_server_info"]
    assert labels["provider"] == "cpu"
