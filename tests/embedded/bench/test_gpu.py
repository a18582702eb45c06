"""The figures of a GPU, on the way to it: the requests, the answers, and the refusal where there is none."""

import asyncio
import json

import numpy as np
import pytest

from sluicegate.embedded.bench import gpu, gpu_models
from sluicegate.embedded.runtime.errors import RuntimeDied
from sluicegate.embedded.runtime.measure import serving


@pytest.fixture
def small(tmp_path, monkeypatch):
    """The dense model with few weights."""
    monkeypatch.setattr(gpu_models, "WIDE", (4, 8, 8, 3))
    return gpu_models.dense(tmp_path)


def test_a_machine_without_nvidias_tool_is_refused(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gpu.main() == 1
    assert "nvidia-smi does not answer" in capsys.readouterr().err


def test_both_sides_are_sent_the_same_rows(small):
    first, again = gpu.bodies(small, 2), gpu.bodies(small, 2)
    assert first == again
    assert len(set(first)) == gpu.BODIES
    (tensor,) = json.loads(first[0])["inputs"]
    assert (tensor["shape"], len(tensor["data"])) == ([2, 4], 8)


def test_a_server_is_asked_and_its_answers_are_probabilities(small, monkeypatch):
    monkeypatch.setattr(gpu, "SECONDS", 0.2)
    requests = gpu.bodies(small, 2)
    with serving(small.path, small.digest, small.name) as url:
        address = f"{url}/v2/models/{small.name}/infer"
        found = asyncio.run(gpu.answers(address, requests))
        figures = asyncio.run(gpu.timed(address, requests, 2))
        with pytest.raises(RuntimeDied, match="answered 404"):
            asyncio.run(gpu.answers(f"{url}/v2/models/other/infer", requests))
    assert found.reshape(-1, 3).sum(axis=1) == pytest.approx(np.ones(2 * gpu.BODIES), abs=1e-5)
    assert figures["connections"] == 2
    assert 0 < figures["p50_ms"] <= figures["p95_ms"]


def test_a_server_that_does_not_start_says_why(small):
    started = serving(small.path, "sha256:" + "0" * 64, small.name)
    with pytest.raises(RuntimeDied, match=r"did not start: .*ArtifactMismatch"), started:
        pass
