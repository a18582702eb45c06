"""Rows in the batches that a model takes: rows of one shape together, pictures decoded batch by batch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sluicegate.specs.model import ModelSpec, Tensor
from sluicegate.specs.selection import batch_dimension, caches
from sluicegate.validators.evaluation.feeds import columns, feed, holds_lists, is_list
from sluicegate.validators.evaluation.pictures import picture_columns, pixels
from sluicegate.validators.runner.inputs import Unavailable

Array = npt.NDArray[Any]
LARGEST_INPUT = 64 << 20
"""Bytes of inputs in one call, whatever `serving.max_batch` is."""


@dataclass(frozen=True)
class Batch:
    """The inputs of one call; `rows` are the rows that it answers, [n]: a fixed batch is filled up beyond."""

    rows: Array
    inputs: dict[str, Array]


def batches(frame: pd.DataFrame, spec: ModelSpec, most: int | None = None) -> Iterator[Batch]:
    """All rows, in batches of `serving.max_batch`, or of `most` where that is less.

    Raises Unavailable where the inputs do not share their rows, or a row does not fit them.
    """
    batch = batch_dimension(spec)
    if batch is None:
        raise Unavailable(
            "the inputs do not share their first dimension, so no row of data fills them all",
            "quality",
            "Export it with the dimension that counts rows first, and give that one name in `signature`.",
        )
    pictures = picture_columns(spec)
    for rows, whole in fed(frame, spec):
        fixed = batch if isinstance(batch, int) else None
        size = fixed or min(_rows_a_call(whole, spec, len(rows)), most or len(rows))
        for start in range(0, len(rows), size):
            count = min(size, len(rows) - start)
            take = np.minimum(np.arange(start, start + (fixed or count)), len(rows) - 1)
            inputs = {name: values[take] for name, values in whole.items()}
            for name, (column, picture) in pictures.items():
                chosen = rows[take]
                inputs[name] = pixels(frame[column].iloc[chosen], picture, _dtype(spec, name), column, chosen)
            yield Batch(rows[take][:count], {**inputs, **_made(spec, inputs, len(take))})


def fit(frame: pd.DataFrame, spec: ModelSpec) -> None:
    """Raises Unavailable where a row does not fit the inputs, also of a model that no row fills whole."""
    if batch_dimension(spec) is None:
        feed(frame, spec)
        return
    for _ in batches(frame, spec):
        pass


def fed(frame: pd.DataFrame, spec: ModelSpec) -> Iterator[tuple[Array, dict[str, Array]]]:
    """The numbers of rows of one shape, and the inputs that columns of values fill for them, until all are.

    Raises Unavailable where a row does not fit.
    """
    for rows in _of_one_shape(frame, spec):
        if len(rows) == len(frame):
            yield rows, feed(frame, spec)
            return
        try:
            whole = feed(frame.iloc[rows], spec)
        except Unavailable as problem:
            reason = f"{problem.reason} (counted among the {len(rows):,} rows of this length)"
            raise Unavailable(reason, problem.because, problem.remedy) from problem
        yield rows, whole


def one_call(frame: pd.DataFrame, spec: ModelSpec, rows: Array) -> dict[str, Array]:
    """The inputs of one call with these rows; where they differ in length, with the first as often.

    Raises Unavailable.
    """
    if batch_dimension(spec) is None:
        return feed(frame.iloc[rows], spec)
    whole = replace(spec, serving=replace(spec.serving, max_batch=len(rows)))
    first, *others = batches(frame.iloc[rows], whole)
    if others:
        first, *_ = batches(frame.iloc[np.repeat(rows[:1], len(rows))], whole)
    return first.inputs


def _dtype(spec: ModelSpec, name: str) -> str:
    return next(tensor.dtype for tensor in spec.signature.inputs if tensor.name == name)


def _of_one_shape(frame: pd.DataFrame, spec: ModelSpec) -> Iterator[Array]:
    """Rows that have lists of the same lengths, where an input is open in more than its first dimension."""
    open_inputs = [
        tensor
        for tensor in spec.signature.inputs
        if tensor.name not in spec.inputs and any(isinstance(size, str) for size in tensor.shape[1:])
    ]
    names = [
        name
        for tensor in open_inputs
        for name in columns(tensor)
        if name in frame.columns and holds_lists(frame[name])
    ]
    if not names or not len(frame):
        yield np.arange(len(frame))
        return
    shapes = pd.Series(list(zip(*(map(_shape, frame[name]) for name in names), strict=True)), dtype=object)
    codes = pd.factorize(shapes.map(str))[0]
    for code in range(codes.max() + 1):
        yield np.flatnonzero(codes == code)


def _shape(value: Any) -> tuple[int, ...]:
    if not is_list(value):
        return ()
    if isinstance(value, np.ndarray) and value.dtype.kind != "O":
        return value.shape
    return (len(value), *(_shape(value[0]) if len(value) else ()))


def _rows_a_call(inputs: dict[str, Array], spec: ModelSpec, rows: int) -> int:
    of_tables = sum(values.nbytes for values in inputs.values()) // max(rows, 1)
    of_pictures = sum(8 * math.prod(picture.shape) for _, picture in picture_columns(spec).values())
    return max(1, min(spec.serving.max_batch, LARGEST_INPUT // max(1, of_tables + of_pictures)))


def _made(spec: ModelSpec, inputs: dict[str, Array], rows: int) -> dict[str, Array]:
    """Empty caches, masks and positions, for so many rows."""
    made = {}
    for tensor in spec.signature.inputs:
        prepared = spec.inputs.get(tensor.name)
        if prepared is None or prepared.image is not None:
            continue
        if tensor.name in caches(spec):
            made[tensor.name] = empty_cache(tensor, rows)
        else:
            tokens = token_count(spec, inputs)
            values = np.ones(tokens) if prepared.made == "mask" else np.arange(tokens)
            made[tensor.name] = np.tile(values, (rows, 1)).astype(tensor.dtype)
    return made


def empty_cache(tensor: Tensor, rows: int) -> Array:
    """A cache before the first token: its open dimensions have the length 0."""
    inner = (size if isinstance(size, int) else 0 for size in tensor.shape[1:])
    return np.zeros((rows, *inner), tensor.dtype)


def token_count(spec: ModelSpec, inputs: dict[str, Array]) -> int:
    """How many tokens a row has, by the first input of several whole numbers. Raises Unavailable."""
    for tensor in spec.signature.inputs:
        values = inputs.get(tensor.name)
        if values is not None and values.ndim == 2 and tensor.name not in spec.inputs:
            return int(values.shape[1])
    raise Unavailable("no input holds the tokens, [batch, tokens]", "spec-valid")
