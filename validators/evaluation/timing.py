"""Timing models against each other: blocks of calls by turns, in one process."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sluicegate.specs.model import ModelSpec
from sluicegate.specs.placement import CUDA
from sluicegate.validators.evaluation import gpu_memory
from sluicegate.validators.evaluation.batches import one_call
from sluicegate.validators.evaluation.estimates import Estimate, median
from sluicegate.validators.evaluation.working_memory import peak_growth
from sluicegate.validators.runner.inputs import Unavailable

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

BLOCKS = 40
WARM_UP = 20
"""Calls of each model before any is timed."""
SECONDS = 4.0
"""About how long all timed calls may take together."""
LARGEST = 256 << 20
"""Bytes of all inputs of one model that are kept ready."""
SEED = 20_130_901
REPLICATES = 2_000
PIECES = 40
"""All replicates of all calls at once would take as much memory as a model."""
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Times:
    """Seconds a call, [rivals, blocks, calls a block]."""

    seconds: npt.NDArray[np.float64]

    @property
    def rivals(self) -> int:
        """How many models were timed."""
        return len(self.seconds)

    def milliseconds(self, rival: int, q: float) -> float:
        """A percentile of one model's calls, in milliseconds."""
        return float(np.percentile(self.seconds[rival], q) * 1e3)

    def percentile(self, rival: int, q: float) -> Estimate:
        """`milliseconds` with its 95 % interval over blocks: 2,000 bootstrap replicates of all calls."""
        own = self.seconds[rival] * 1e3
        resampled = [
            np.percentile(own[some].reshape(len(some), -1), q, axis=1)
            for some in np.array_split(_draws(len(own)), PIECES)
        ]
        return Estimate(self.milliseconds(rival, q), *_middle(np.concatenate(resampled)))

    def ratio(self) -> Estimate:
        """The first model's time over the second's, with its 95 % interval: the median over pairs of blocks.

        Each pair gives the ratio of medians of calls that ran side by side. Of two equal models one is as
        likely as the other to be the slower one, in whatever way the machine is busy: the median of the
        ratios is 1, and a few blocks that were interrupted move neither it nor its interval.
        """
        medians = np.median(self.seconds, axis=2)
        logs = median(np.log(medians[0] / medians[1]), CONFIDENCE)
        return Estimate(math.exp(logs.value), math.exp(logs.lower), math.exp(logs.upper))

    def slowdown(self) -> Estimate:
        """The first model's time less the second's, in milliseconds a call, likewise."""
        medians = np.median(self.seconds, axis=2) * 1e3
        return median(medians[0] - medians[1], CONFIDENCE)

    def joined(self, other: Times) -> Times:
        """The blocks of two runs as one."""
        return Times(np.concatenate([self.seconds, other.seconds], axis=1))

    @property
    def unrest(self) -> float:
        """How far the machine's own speed moved, as a ratio: the middle 80 % of the blocks of each model."""
        medians = np.median(self.seconds, axis=2)
        low, high = np.quantile(medians, [0.1, 0.9], axis=1)
        return float((high / low).max())


@dataclass(frozen=True)
class Caller:
    """One model, and batches that it is called with in turn."""

    session: InferenceSession
    outputs: list[str]
    feeds: list[dict[str, npt.NDArray[Any]]]

    def seconds(self, number: int) -> float:
        """How long the n-th call takes."""
        inputs = self.feeds[number % len(self.feeds)]
        began = time.perf_counter()
        self.session.run(self.outputs, inputs)
        return time.perf_counter() - began

    def warm_up(self) -> float:
        """A call's usual seconds."""
        return float(np.median([self.seconds(number) for number in range(WARM_UP)]))

    def working_memory(self) -> int | None:
        """Bytes that one call takes beside the model itself: of the GPU where the session has one.

        See `peak_growth` and `gpu_memory.growth`.
        """
        options = _shrinking(self.on_gpu)

        def shrinking() -> object:
            return self.session.run(self.outputs, self.feeds[0], options)

        if not self.on_gpu:
            return peak_growth(shrinking)
        return gpu_memory.growth(shrinking, lambda: self.session.run(self.outputs, self.feeds[0]))

    @property
    def on_gpu(self) -> bool:
        """Whether the session was given a GPU."""
        return CUDA in self.session.get_providers()


class Timer:
    """Models that are called on the same batches, by turns and in alternating order.

    Raises Unavailable, here and when it runs, for rows that do not fit and for a model that fails.
    """

    def __init__(
        self, rivals: Sequence[tuple[InferenceSession, ModelSpec]], frame: pd.DataFrame, batch: int
    ) -> None:
        rows = np.random.default_rng(SEED).integers(0, len(frame), size=(64, batch))
        self._callers = [_caller(session, spec, frame, rows) for session, spec in rivals]
        with _named_cause():
            slowest = max(caller.warm_up() for caller in self._callers)
        self._count = int(np.clip(SECONDS / (BLOCKS * len(rivals) * slowest), 3, 50))

    def run(self) -> Times:
        """All blocks once, in about `SECONDS`."""
        rivals = range(len(self._callers))
        seconds = np.empty((len(rivals), BLOCKS, self._count))
        with _named_cause():
            for block in range(BLOCKS):
                first = block * self._count
                for rival in rivals if block % 2 == 0 else reversed(rivals):
                    caller = self._callers[rival]
                    seconds[rival, block] = [caller.seconds(first + call) for call in range(self._count)]
        return Times(seconds)

    @property
    def on_gpu(self) -> bool:
        """Whether the first model was given a GPU."""
        return self._callers[0].on_gpu

    def working_memory(self) -> int | None:
        """Bytes that one call of the first model takes beside the model itself; None if nobody knows."""
        with _named_cause():
            return self._callers[0].working_memory()


@contextmanager
def _named_cause() -> Iterator[None]:
    try:
        yield
    except Exception as problem:
        raise Unavailable(f"a model fails while it is timed: {problem}", "quality") from problem


def _caller(
    session: InferenceSession, spec: ModelSpec, frame: pd.DataFrame, rows: npt.NDArray[Any]
) -> Caller:
    size = spec.signature.inputs[0].shape[:1]
    if size and isinstance(size[0], int):
        rows = rows[:, np.arange(size[0]) % rows.shape[1]]
    names = [output.name for output in spec.signature.outputs]
    feeds = [one_call(frame, spec, rows[0])]
    bytes_a_call = sum(values.nbytes for values in feeds[0].values())
    kept = LARGEST // max(1, bytes_a_call)
    feeds += [one_call(frame, spec, some) for some in rows[1 : max(1, kept)]]
    return Caller(session, names, feeds)


def _shrinking(on_gpu: bool) -> Any:
    """The option of a run after which onnxruntime gives its arena back, so that the next one shows."""
    from onnxruntime import RunOptions

    options = RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "gpu:0" if on_gpu else "cpu:0")
    return options


def _draws(blocks: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng(SEED).integers(0, blocks, size=(REPLICATES, blocks))


def _middle(resampled: npt.NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.quantile(resampled, [0.025, 0.975])
    return float(low), float(high)
