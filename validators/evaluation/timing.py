"""Timing models against each other: blocks of calls by turns, in one process."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.evaluation.batches import one_call
from sluicegate.validators.evaluation.estimates import Estimate
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


@dataclass(frozen=True)
class Times:
    """Seconds a call, [rivals, blocks, calls a block]."""

    seconds: npt.NDArray[np.float64]

    def percentile(self, rival: int, q: float) -> Estimate:
        """A percentile of one model's calls in milliseconds, with its 95 % interval over blocks."""
        own = self.seconds[rival] * 1e3
        resampled = np.percentile(own[_draws(len(own))].reshape(REPLICATES, -1), q, axis=1)
        return Estimate(float(np.percentile(own, q)), *_middle(resampled))

    def ratio(self) -> Estimate:
        """The first model's time over the second's, with its 95 % interval: the mean over pairs of blocks.

        Each pair gives the ratio of medians of calls that ran side by side; the mean is taken of its
        logarithm.
        """
        medians = np.median(self.seconds, axis=2)
        logs = np.log(medians[0] / medians[1])
        resampled = logs[_draws(len(logs))].mean(axis=1)
        low, high = _middle(np.exp(resampled))
        return Estimate(float(np.exp(logs.mean())), low, high)


def measure(rivals: Sequence[tuple[InferenceSession, ModelSpec]], frame: pd.DataFrame, batch: int) -> Times:
    """Call each model on the same batches, by turns and in alternating order. Raises Unavailable."""
    rows = np.random.default_rng(SEED).integers(0, len(frame), size=(64, batch))
    calls = [_calls(session, spec, frame, rows) for session, spec in rivals]
    try:
        slowest = max(_warm(call) for call in calls)
        count = int(np.clip(SECONDS / (BLOCKS * len(rivals) * slowest), 3, 50))
        seconds = np.empty((len(rivals), BLOCKS, count))
        for block in range(BLOCKS):
            order = range(len(rivals)) if block % 2 == 0 else reversed(range(len(rivals)))
            for rival in order:
                seconds[rival, block] = [calls[rival](block * count + call) for call in range(count)]
    except Exception as problem:
        raise Unavailable(f"a model fails while it is timed: {problem}", "quality") from problem
    return Times(seconds)


def _calls(session: InferenceSession, spec: ModelSpec, frame: pd.DataFrame, rows: npt.NDArray[Any]) -> Any:
    """A function that makes the n-th call and gives its seconds."""
    size = spec.signature.inputs[0].shape[:1]
    if size and isinstance(size[0], int):
        rows = rows[:, np.arange(size[0]) % rows.shape[1]]
    names = [output.name for output in spec.signature.outputs]
    feeds = [one_call(frame, spec, rows[0])]
    bytes_a_call = sum(values.nbytes for values in feeds[0].values())
    kept = LARGEST // max(1, bytes_a_call)
    feeds += [one_call(frame, spec, some) for some in rows[1 : max(1, kept)]]

    def call(number: int) -> float:
        inputs = feeds[number % len(feeds)]
        began = time.perf_counter()
        session.run(names, inputs)
        return time.perf_counter() - began

    return call


def _warm(call: Any) -> float:
    return float(np.median([call(number) for number in range(WARM_UP)]))


def _draws(blocks: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng(SEED).integers(0, blocks, size=(REPLICATES, blocks))


def _middle(resampled: npt.NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.quantile(resampled, [0.025, 0.975])
    return float(low), float(high)
