"""What deepchecks measures of samples. Nothing else knows it (AGPL; extra `data`)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_numeric_dtype

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.evaluation.feeds import FAULT, has_a_list, input_columns
from sluicegate.validators.evaluation.list_drift import list_drift, picture_drift
from sluicegate.validators.evaluation.rows import Rows
from sluicegate.validators.runner.finding import Finding, error
from sluicegate.validators.runner.inputs import Unavailable

INSTALL = "pip install 'sluicegate[data]' with Python 3.11 or 3.12: deepchecks does not work with numpy 2."


def drift_scores(spec: ModelSpec, reference: Rows, evaluation: Rows) -> dict[str, float]:
    """How far each column, and the label, is from the reference (0 to 1). Raises Unavailable."""
    own = input_columns(spec)
    pair = (reference.frame, evaluation.frame)
    scores = list_drift(dict.fromkeys((*own, *spec.data.labels)), *pair) | picture_drift(spec, *pair)
    single = [name for name in own if name not in scores]
    # What is searched for need not be what was trained on.
    labels = () if spec.task == "retrieval" else spec.data.labels
    targets = [name for name in labels if name not in scores]
    dataset, checks = _deepchecks()
    with _deepchecks_errors_as_findings(f"{reference.path} and {evaluation.path}"):
        if single:
            sets = [_dataset(dataset, rows.frame, single) for rows in (reference, evaluation)]
            columns = checks.FeatureDrift(n_samples=50_000).run(*sets, with_display=False).value
            scores |= {
                name: float(result["Drift score"])
                for name, result in columns.items()
                if result["Drift score"] is not None
            }
        for name in targets:
            sets = [_dataset(dataset, rows.frame, [], name, spec) for rows in (reference, evaluation)]
            label = checks.LabelDrift(n_samples=50_000).run(*sets, with_display=False).value
            scores[f"{name} (the label)"] = float(label["Drift score"])
    return scores


def correlation_changes(spec: ModelSpec, reference: Rows, evaluation: Rows) -> dict[str, float]:
    """By column, its predictive power score in the reference less that in the evaluation rows.

    Raises Unavailable.
    """
    single, label = _single_columns(spec, reference.frame), _single_label(spec)
    dataset, checks = _deepchecks()
    with _deepchecks_errors_as_findings(f"{reference.path} and {evaluation.path}"):
        sets = [_dataset(dataset, rows.frame, single, label, spec) for rows in (reference, evaluation)]
        found = checks.FeatureLabelCorrelationChange(random_state=0, n_samples=10_000).run(
            *sets, with_display=False
        )
    return {name: float(change) for name, change in found.value["train-test difference"].items()}


@dataclass(frozen=True)
class Segment:
    """Rows by ranges of one or two columns, or by their categories."""

    parts: tuple[tuple[str, Any], ...]
    """Column, and its range (above, up to) or categories."""
    rows: npt.NDArray[np.bool_]
    """Which of all rows are in it, [N]."""

    def __str__(self) -> str:
        """In words."""
        return " and ".join(
            f"{name} in {', '.join(map(str, part[:5]))}"
            if isinstance(part, list)
            else f"{part[0]:g} < {name} <= {part[1]:g}"
            for name, part in self.parts
        )


def weakest_segment(spec: ModelSpec, rows: Rows, errors: npt.NDArray[Any]) -> Segment:
    """The segment of the largest mean error in every other row, from the first. Raises Unavailable."""
    single, label = _single_columns(spec, rows.frame), _single_label(spec)
    dataset, checks = _deepchecks()
    searched = rows.frame.iloc[::2]
    with _deepchecks_errors_as_findings(rows.path):
        found = checks.WeakSegmentsPerformance(
            n_samples=10_000, score_per_sample=pd.Series(-errors[::2])
        ).run(_dataset(dataset, searched, single, label, spec), with_display=False)
    worst = found.value["weak_segments_list"].iloc[0]
    named = [(worst[key], worst[f"{key} Range"]) for key in ("Feature1", "Feature2") if worst[key]]
    inside = np.ones(len(rows), dtype=bool)
    for name, part in named:
        column = _plain(rows.frame[[name]])[name]
        own = column.isin(part) if isinstance(part, list) else (column > part[0]) & (column <= part[1])
        inside &= own.to_numpy(dtype=bool, na_value=False)
    return Segment(tuple((str(name), part) for name, part in named), inside)


def _single_columns(spec: ModelSpec, frame: pd.DataFrame) -> list[str]:
    """The input columns that hold one number or one word a row. Raises Unavailable where there is none."""
    single = [name for name in input_columns(spec) if not has_a_list(frame[name])]
    if not single or spec.inputs:
        raise Unavailable("deepchecks needs columns of single values, and the inputs have none")
    return single


def _single_label(spec: ModelSpec) -> str:
    """Raises Unavailable for several labels a row."""
    if len(spec.data.labels) != 1 or spec.task not in ("binary-classification", *_LABEL_KINDS):
        raise Unavailable(f"deepchecks needs one label a row, and a {spec.task} has another kind")
    return spec.data.labels[0]


def _dataset(
    dataset: Callable[..., Any],
    frame: pd.DataFrame,
    own: list[str],
    label: str | None = None,
    spec: ModelSpec | None = None,
) -> Any:
    """deepchecks' view of some columns: what it would guess of the label, the declared task says."""
    names = [*own, label] if label is not None else own
    kind = None if spec is None else _LABEL_KINDS.get(spec.task, "binary")
    return dataset(
        _plain(frame[names]),
        label=label,
        label_type=kind,
        cat_features=_categorical_columns(frame, own),
    )


_LABEL_KINDS = {
    "multiclass-classification": "multiclass",
    "regression": "regression",
    "forecasting": "regression",
    "ranking": "regression",
}
"""By task, what deepchecks calls the label."""


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Whole numbers with gaps as floats, which is how deepchecks knows them, under new row numbers."""
    gaps = [name for name in frame.columns if frame[name].dtype.name in ("Int64", "UInt64")]
    return frame.astype(dict.fromkeys(gaps, "float64")).reset_index(drop=True)


def _deepchecks() -> tuple[Callable[..., Any], Any]:
    """deepchecks' Dataset and its checks, silent, no telemetry. Raises Unavailable where it is absent."""
    os.environ["DISABLE_DEEPCHECKS_ANONYMOUS_TELEMETRY"] = "true"
    try:
        from sluicegate.validators.evaluation.deepchecks_package import Dataset, checks
    except ImportError as problem:
        raise Unavailable(f"deepchecks cannot be imported ({problem})", tool="deepchecks") from problem
    return Dataset, checks


def missing_extra() -> Finding | None:
    """The error to report where deepchecks is absent or broken: without it nothing is judged."""
    try:
        _deepchecks()
    except Unavailable as problem:
        return error(f"not judged: {problem.reason}", remedy=INSTALL, tool="deepchecks")
    return None


@contextmanager
def _deepchecks_errors_as_findings(what: str) -> Iterator[None]:
    """What deepchecks refuses in samples is their own fault. Raises Unavailable as data-integrity's."""
    from deepchecks.core.errors import DeepchecksBaseError

    try:
        yield
    except (DeepchecksBaseError, ValueError, TypeError) as problem:
        reason = " ".join(str(problem).split())[:300]
        message = f"{what} cannot be judged by deepchecks: {reason}"
        raise Unavailable(message, FAULT, "Correct those rows.") from problem


def _categorical_columns(frame: pd.DataFrame, own: list[str]) -> list[str]:
    return [name for name in own if not is_numeric_dtype(frame[name])]
