"""What a model says at each token: the class of a tagger, the next token's chance of a language model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.evaluation.calls import calls
from sluicegate.validators.evaluation.classes import IGNORED, class_names
from sluicegate.validators.evaluation.predictions import Predictions, selected
from sluicegate.validators.runner.inputs import Unavailable

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Array = npt.NDArray[Any]
LARGEST_OUTPUT = 256 << 20
"""Bytes of logits in one call, of four a number."""
VOCABULARY = 65_536
"""How many numbers a token is expected to have where the graph leaves it open."""


def tagged(session: InferenceSession, spec: ModelSpec, frame: pd.DataFrame, labels: Array) -> Predictions:
    """The likeliest class at each token. Raises Unavailable as `calls` does."""
    output = selected(spec).output.name
    decisions = np.zeros_like(labels)
    broken = np.zeros(len(labels), dtype=bool)
    for rows, answer in calls(session, spec, frame, [output], _most(spec, labels)):
        numbers = _of_tokens(answer[output], output)
        _require_lengths(frame, spec, rows, numbers.shape[1])
        _require_known(labels[rows], numbers.shape[2], output)
        length = numbers.shape[1]
        counted = labels[rows, :length] != IGNORED
        broken[rows] = (~np.isfinite(numbers).all(axis=2) & counted).any(axis=1)
        decisions[rows, :length] = np.where(counted, numbers.argmax(axis=2), 0)
    return Predictions(labels, decisions=decisions, classes=class_names(spec), broken=broken)


def surprised(session: InferenceSession, spec: ModelSpec, frame: pd.DataFrame, labels: Array) -> Predictions:
    """How many tokens of each row are predicted, and how surprising they are together, in nats.

    The numbers at a token are about the next one, as in every causal language model: the label of the first
    token is not predicted. Raises Unavailable as `calls` does.
    """
    output = selected(spec).output.name
    nats = np.zeros(len(labels))
    counts = np.zeros(len(labels))
    for rows, answer in calls(session, spec, frame, [output], _most(spec, labels)):
        logits = _of_tokens(answer[output], output)
        length = logits.shape[1]
        _require_lengths(frame, spec, rows, length)
        _require_known(labels[rows], logits.shape[2], output)
        targets = labels[rows, 1:length]
        counts[rows] = (targets != IGNORED).sum(axis=1)
        nats[rows] = [_surprise(own[:-1], target) for own, target in zip(logits, targets, strict=True)]
    return Predictions(counts, values=nats)


def _surprise(logits: Array, targets: Array) -> float:
    """The sum of -log of the chance of each target that counts."""
    from scipy.special import logsumexp

    counted = np.flatnonzero(targets != IGNORED)
    chosen = logits[counted].astype(np.float64)
    return float((logsumexp(chosen, axis=1) - chosen[np.arange(len(counted)), targets[counted]]).sum())


def _of_tokens(output: Array, name: str) -> Array:
    if output.ndim != 3 or output.dtype.kind != "f":
        raise Unavailable(
            f"output {name!r} is {output.dtype} of {output.ndim} dimensions, and no numbers at each token",
            "quality",
            "Select the output [batch, tokens, classes]: decision: {output: ...}.",
        )
    return output


def _most(spec: ModelSpec, labels: Array) -> int:
    width = selected(spec).output.shape[-1]
    each = max(1, labels.shape[1]) * (width if isinstance(width, int) else VOCABULARY) * 4
    return max(1, LARGEST_OUTPUT // each)


def _require_lengths(frame: pd.DataFrame, spec: ModelSpec, rows: Array, length: int) -> None:
    """Raises Unavailable where a row has more or fewer labels than tokens."""
    name = spec.data.labels[0]
    for row in rows:
        own = len(frame[name].iloc[int(row)])
        if own != length:
            raise Unavailable(
                f"row {int(row) + 1} has {length} tokens, and {own} labels in column {name!r}",
                "data-integrity",
                f"Write a label for each token, {IGNORED} where it does not count.",
            )


def _require_known(labels: Array, classes: int, output: str) -> None:
    if labels.size and labels.max() >= classes:
        raise Unavailable(
            f"a label is {labels.max()}, and output {output!r} has 0 to {classes - 1} at each token",
            "quality",
            "Name the labels in `classes`, in the order of the output's numbers.",
        )
