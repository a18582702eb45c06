"""How the environment that comes last serves a model: what timings have to be like."""

from __future__ import annotations

import os
from pathlib import Path

from sluicegate.specs.repository import Environments
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.helm.chart_files import ChartError
from sluicegate.validators.helm.pinned_chart import charted
from sluicegate.validators.helm.values import values
from sluicegate.validators.onnx.engine_options import EngineOptions
from sluicegate.validators.runner.inputs import provides
from sluicegate.validators.runner.limits import Limits
from sluicegate.validators.submission.candidate import Candidate
from sluicegate.validators.submission.files import ModelFiles
from sluicegate.validators.submission.order_problems import last

GPU_DEVICE = Path("/dev/nvidiactl")
"""There where the driver of an NVIDIA GPU is."""
LARGE = 1 << 28
"""Bytes of a model's files that fit into the usual limit of memory however they are loaded."""
CUDA_MEMORY = 1 << 42
"""Bytes of address space: CUDA maps all memory of GPU and host, whether a model needs it or not."""


@provides("engine_options", by_parent=True)
def engine_options(candidate: Candidate, environments: Environments) -> EngineOptions:
    """Threads and provider of the last environment's values; one thread of a CPU where there are none.

    The embedded runtime serves on one thread. Values that cannot be read are what chart-renders reports.
    More threads than this machine has processors would be timed as a queue.
    """
    try:
        environment = last(environments)
        if environment is None or environments.specs[environment].traffic == "embedded":
            return EngineOptions()
        stranger = candidate.base is not None
        tree = charted(candidate.tree, environments.specs[environment], stranger=stranger)
        given = values(tree, environment, candidate.model, release=False)
    except (InputError, ChartError):
        return EngineOptions()
    ours = given.get("engine") == "ort"
    threads = given.get("ort", "threads") if ours else 1
    threads = threads if isinstance(threads, int) and threads > 0 else 1
    on_gpu = given.get("gpu", "kind", default="none") != "none"
    here = GPU_DEVICE.exists()
    most = len(os.sched_getaffinity(0))
    return EngineOptions(
        min(threads, most), on_gpu and here, environment, tf32=not ours, without_gpu=on_gpu and not here
    )


@provides("address_space")
def address_space(engine_options: EngineOptions, files: ModelFiles) -> int | None:
    """Bytes that the child may map where it has to be more than usual; None where it has not.

    An engine maps a model's files and holds its weights, some of them in a second order that is faster; twice
    that while another session is made. No more than the memory of this machine.
    """
    if engine_options.cuda:
        return CUDA_MEMORY
    size = sum(files.entries[name].size for name in files.pinned if name in files.entries)
    if size < LARGE:
        return None
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(Limits().memory + 4 * size, memory)
