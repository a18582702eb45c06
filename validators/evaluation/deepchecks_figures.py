"""What deepchecks measures of samples. The one file that knows it (AGPL; extra `data`)."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.evaluation.feeds import FAULT, input_columns
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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from deepchecks.tabular import Dataset, checks
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
