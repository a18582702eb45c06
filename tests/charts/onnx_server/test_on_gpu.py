"""The server on a GPU: the answers of the CPU, and refusals by name. Left out where there is none."""

import subprocess
import sys

import pytest
from support.gpu import needs_gpu

pytestmark = needs_gpu
SERVER = [sys.executable, "-P", "-m", "sluicegate.onnx_server"]


def answers(served):
    features = {"name": "features", "datatype": "FP32", "shape": [2, 3], "data": [1, 2, 3, 0.5, 0.25, 0]}
    status, body = served.call("/v2/models/m/infer", {"inputs": [features]})
    assert status == 200, body
    return body["outputs"][0]["data"]


def test_it_answers_as_on_the_cpu(serve):
    with serve("row_mean", "--provider", "cuda") as on_gpu, serve("row_mean") as on_cpu:
        assert answers(on_gpu) == pytest.approx(answers(on_cpu), abs=1e-6)
        (labels,) = [dict(key[1]) for key in on_gpu.samples() if key[0] == "sluice_server_info"]
    assert labels["provider"] == "cuda"


def test_what_it_says_names_the_operators_that_the_gpu_runs(artifact):
    path, digest = artifact("row_mean")
    words = [*SERVER, "--model-file", str(path), "--sha256", digest, "--name", "m", "--version", "2"]
    with subprocess.Popen([*words, "--provider", "cuda"], stderr=subprocess.PIPE, text=True) as process:
        said = next(line for line in process.stderr if line.startswith("onnx-server: m"))
        process.terminate()
    assert "cuda: all 1 operators" in said


def test_two_servers_share_one_gpu(serve):
    limit = ("--provider", "cuda", "--gpu-mem-limit", str(1 << 30))
    with serve("row_mean", *limit) as stable, serve("row_mean", *limit, "--track", "canary") as canary:
        assert answers(stable) == answers(canary)
        assert answers(stable) == answers(canary)


def test_a_gpu_that_cannot_be_seen_is_refused_by_name(artifact, refused, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    code, message = refused(*artifact("row_mean"), "--provider", "cuda")
    assert code == 1
    assert "ProviderUnavailable" in message and "--provider cpu" in message


def test_nvidias_own_tool_sees_its_memory(serve):
    query = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
    with serve("row_mean", "--provider", "cuda"):
        used = subprocess.run(query, capture_output=True, text=True, check=True).stdout.split()
    assert max(map(int, used)) > 100
