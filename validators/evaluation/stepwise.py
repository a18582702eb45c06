"""A decoder, token by token: each step takes what the one before left in the cache, as in serving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sluicegate.specs.model import ModelSpec
from sluicegate.specs.selection import caches
from sluicegate.validators.evaluation.batches import one_call, token_count
from sluicegate.validators.evaluation.predictions import selected
from sluicegate.validators.runner.inputs import Unavailable

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Passes:
    """The logits of one row, [T, V] each: of all tokens at once, and token by token."""

    whole: Array
    stepwise: Array

    @property
    def gap(self) -> float:
        """The largest difference, as a share of the largest logit; infinite where one is not finite."""
        if not (np.isfinite(self.whole).all() and np.isfinite(self.stepwise).all()):
            return float("inf")
        size = max(float(np.abs(self.whole).max(initial=0)), 1e-6)
        return float(np.abs(self.whole - self.stepwise).max(initial=0)) / size

    @property
    def first(self) -> int:
        """The token, from 0, at which they differ the most."""
        return int(np.nan_to_num(np.abs(self.whole - self.stepwise), nan=np.inf).max(axis=1).argmax())


def both_passes(
    session: InferenceSession, spec: ModelSpec, frame: pd.DataFrame, row: int, most: int
) -> Passes:
    """Decode one row both ways, up to so many tokens. Raises Unavailable where the model fails."""
    inputs = one_call(frame, spec, np.array([row]))
    tokens = token_count(spec, inputs)
    inputs = {name: _part(spec, name, values, tokens, slice(0, most)) for name, values in inputs.items()}
    length = min(tokens, most)
    try:
        whole = session.run([selected(spec).output.name], inputs)[0][0]
        return Passes(_floats(whole), _floats(_steps(session, spec, inputs, length)))
    except Exception as problem:
        raise Unavailable(f"the decoder fails on row {row + 1}: {problem}", "quality") from problem


def _steps(session: InferenceSession, spec: ModelSpec, inputs: dict[str, Array], length: int) -> Array:
    remembered = caches(spec)
    names = [selected(spec).output.name, *remembered.values()]
    past = {name: inputs[name] for name in remembered}
    found = []
    for step in range(length):
        own = {
            name: _part(spec, name, values, length, slice(step, step + 1)) for name, values in inputs.items()
        }
        logits, *present = session.run(names, {**own, **past})
        past = dict(zip(remembered, present, strict=True))
        found.append(logits[0][-1])
    return np.stack(found)


def _part(spec: ModelSpec, name: str, values: Array, tokens: int, part: slice) -> Array:
    """An input for some of the tokens; a mask has those before them as well."""
    prepared = spec.inputs.get(name)
    if prepared is not None and prepared.cache is not None:
        return values
    if prepared is not None and prepared.made == "mask":
        return values[:, : part.stop]
    return values[:, part] if values.ndim >= 2 and values.shape[1] == tokens else values


def _floats(values: Array) -> Array:
    floats: Array = np.asarray(values, dtype=np.float64)
    return floats
