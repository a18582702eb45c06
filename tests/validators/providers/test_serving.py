from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.specs import environment_yaml

from sluicegate.specs.repository import environments
from sluicegate.specs.tree import FileEntry, WorkTree
from sluicegate.validators.onnx.engine_options import ON_ONE_THREAD, EngineOptions
from sluicegate.validators.providers import serving
from sluicegate.validators.providers.serving import address_space, engine_options
from sluicegate.validators.submission.candidate import Candidate
from sluicegate.validators.submission.files import ModelFiles

NO_FILES = ModelFiles("models/m", {}, Path())
CHART = "charts/onnx-serving/values.yaml"


@pytest.fixture
def options(tmp_path: Path, monkeypatch):
    """How the model m is served in `eu`, by these values of the chart and of the model."""
    monkeypatch.setattr(serving, "GPU_DEVICE", tmp_path)
    monkeypatch.setattr(serving.os, "sched_getaffinity", lambda _: set(range(4)), raising=False)

    def made(chart: str, own: str = "", **more: str) -> EngineOptions:
        for path, text in {
            CHART: chart,
            "environments/eu/m/values.yaml": own,
            "environments/eu/environment.yaml": environment_yaml("eu", **more).decode(),
        }.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        tree = WorkTree(tmp_path)
        return engine_options(Candidate("m", tree, load=None), environments(tree))

    return made


GATEWAY = {"traffic": "gateway-api", "gateway": "traefik"}
DEFAULTS = "engine: ort\nort: {threads: 1}\ngpu: {kind: none}\n"


def test_threads_are_those_of_the_last_environments_values(options) -> None:
    found = options(DEFAULTS, "ort: {threads: 3}\n", **GATEWAY)
    assert found == EngineOptions(threads=3, cuda=False, where="eu")
    assert address_space(found, NO_FILES) is None


def files_of(size: int) -> ModelFiles:
    """A model in two files, one of this size, next to a data file that is not part of it."""
    sizes = {"model.onnx": 100, "weights.onnx_data": size, "data/rows.csv": 1 << 40}
    entries = {name: FileEntry(name, "100644", bytes_) for name, bytes_ in sizes.items()}
    return ModelFiles("models/m", entries, Path(), pinned=frozenset({"model.onnx", "weights.onnx_data"}))


def test_a_large_model_may_map_several_times_its_files_and_no_more_than_the_machine_has(monkeypatch) -> None:
    monkeypatch.setattr(os, "sysconf", {"SC_PAGE_SIZE": 1 << 12, "SC_PHYS_PAGES": 1 << 24}.get)  # 64 GiB
    assert address_space(ON_ONE_THREAD, files_of(50 << 20)) is None
    assert address_space(ON_ONE_THREAD, files_of(3 << 30)) == (4 << 30) + 4 * ((3 << 30) + 100)
    assert address_space(ON_ONE_THREAD, files_of(60 << 30)) == 64 << 30


def test_no_more_threads_than_this_machine_has_processors(options) -> None:
    assert options(DEFAULTS, "ort: {threads: 64}\n", **GATEWAY).threads == 4


def test_a_gpu_is_used_where_it_serves_and_this_machine_has_one(options, monkeypatch, tmp_path) -> None:
    whole = options(DEFAULTS, "gpu: {kind: whole}\n", **GATEWAY)
    assert whole.cuda
    assert address_space(whole, NO_FILES) > 1 << 40
    monkeypatch.setattr(serving, "GPU_DEVICE", tmp_path / "none")
    without = options(DEFAULTS, "gpu: {kind: whole}\n", **GATEWAY)
    assert (without.cuda, without.without_gpu) == (False, True)


def test_fp32_is_multiplied_as_the_engine_that_serves_does(options) -> None:
    assert not options(DEFAULTS, "gpu: {kind: whole}\n", **GATEWAY).tf32
    assert options(DEFAULTS, "engine: triton\ngpu: {kind: whole}\n", **GATEWAY).tf32


def test_the_embedded_runtime_and_values_that_cannot_be_read_mean_one_thread(options) -> None:
    assert options(DEFAULTS, "ort: {threads: 3}\n") == ON_ONE_THREAD
    assert options("engine: [", **GATEWAY) == ON_ONE_THREAD
    assert options("engine: triton\nort: {threads: 3}\n", **GATEWAY).threads == 1
