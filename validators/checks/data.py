"""The samples that a model is judged on. The one file that knows deepchecks (AGPL; extra `data`)."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from sluicegate.specs.model import ModelSpec
from sluicegate.specs.selection import batch_dimension
from sluicegate.validators.evaluation.reference import ReferenceVersion
from sluicegate.validators.runner.finding import Finding, error, fail, passed
from sluicegate.validators.runner.inputs import Unavailable
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.files import ModelFiles

if TYPE_CHECKING:
    import pandas as pd

    from sluicegate.validators.evaluation.rows import Rows

FAULT = "data-integrity"
"""The check that a sample's own faults are the findings of."""
SHARED = 0.01
"""The largest share of the evaluation rows that the reference may hold as well."""
MIN_ROWS = 10
"""The fewest rows of a sample: fewer show nothing."""
INSTALL = "pip install 'sluicegate[data]' with Python 3.11 or 3.12: deepchecks does not work with numpy 2."
CLASSES_OF_ONE = ("binary-classification", "multiclass-classification")
"""Tasks in which a row is of one class."""
CONFLICTING = 0.01
"""The most evaluation rows that may have equal inputs and different labels, as a share."""


@dataclass(frozen=True)
class DriftRule:
    """How far the evaluation rows may be from what the model was trained on."""

    at_most: Annotated[float, Field(gt=0, le=1)] = 0.3
    """Kolmogorov-Smirnov distance of a number's distribution, Cramer's V of a word's or the label's."""


@check("data-integrity", family="data", isolated=True, remedy="Write the samples again, from clean rows.")
def data_integrity(
    spec: ModelSpec, files: ModelFiles, reference: Rows, evaluation: Rows
) -> Iterator[Finding]:
    """The samples have what the checks need, and no evaluation row was trained on.

    Both have ten rows or more, two labels or more, and every column that the model takes; one kind of
    missing value and one type a column; and no label that training never saw. Rows shared by both, and equal
    inputs with different labels, are counted over all rows; the rest by deepchecks.
    """
    from sluicegate.validators.evaluation.overlap import conflicting, shared

    samples = (reference, evaluation)
    faults = [(rows, fault) for rows in samples for fault in _precondition_errors(rows, spec)]
    unfit = [] if faults else [finding for rows in samples for finding in _unfit_values(rows, spec, files)]
    if unfit:
        yield from unfit
        return
    if not faults and (missing := _missing_extra()) is not None:
        yield missing
        return
    if not faults:
        own = _model_columns(spec)
        for rows in samples:
            with _deepchecks_errors_as_findings(rows.path):
                faults += [(rows, fault) for fault in _mixed_type_columns(rows.frame, own, spec)]
        if spec.task in CLASSES_OF_ONE:
            unseen = sorted(set(evaluation.labels.tolist()) - set(reference.labels.tolist()))
            if unseen:
                faults.append((evaluation, f"has labels that the reference has not: {unseen[:10]}"))
        whole = list(dict.fromkeys((*own, *spec.data.labels)))
        both = shared(reference.frame[whole], evaluation.frame[whole])
        if both > SHARED:
            faults.append((evaluation, f"is {both:.1%} rows of the reference, of at most {SHARED:.0%}"))
        # Of a quantity, equal inputs have different labels wherever there is noise.
        unclear = conflicting(evaluation, own) if spec.task in CLASSES_OF_ONE else 0.0
        if unclear > CONFLICTING:
            fault = f"has {unclear:.1%} rows with equal inputs, other labels, of at most {CONFLICTING:.0%}"
            faults.append((evaluation, fault))
    yield from (fail(f"{rows.path} {fault}", files.position(rows.path)) for rows, fault in faults)
    if not faults:
        yield passed(f"{len(reference):,} rows of reference, {len(evaluation):,} of evaluation")


@check(
    "data-drift",
    family="data",
    section="drift",
    parameters=DriftRule,
    isolated=True,
    remedy="Train on newer rows, or write in `drift` how far apart the samples may be, and why.",
)
def data_drift(
    rules: DriftRule | None,
    spec: ModelSpec,
    files: ModelFiles,
    reference: Rows,
    evaluation: Rows,
    *,
    reference_versions: tuple[ReferenceVersion, ...],
) -> Iterator[Finding]:
    """The evaluation rows look like those that the model was trained on.

    Measured by deepchecks, column by column and for the label. Without a `drift` section the limit is 0.3,
    which seasons stay below and a changed unit does not. The lowest limit of its own, production's and the
    base's holds.
    """
    for rows in (reference, evaluation):
        for fault in _precondition_errors(rows, spec):
            raise Unavailable(f"{rows.path} {fault}", FAULT)
    if (missing := _missing_extra()) is not None:
        yield missing
        return
    every = [rules, *(version.spec.sections.get("drift") for version in reference_versions)]
    limit = min((rule or DriftRule()).at_most for rule in every)
    scores = _drift_scores(spec, reference, evaluation)
    at = files.position(evaluation.path)
    worst = max(scores, key=lambda name: scores[name])
    far = {name: score for name, score in scores.items() if not score <= limit}
    for name, score in far.items():
        yield fail(f"{name} drifts by {score:.3f}, of at most {limit:g}", at, observed=score, threshold=limit)
    if not far:
        message = (
            f"of {len(scores)} columns {worst} drifts the most, by {scores[worst]:.3f} of at most {limit:g}"
        )
        yield passed(message, at, observed=scores[worst], threshold=limit)


def _drift_scores(spec: ModelSpec, reference: Rows, evaluation: Rows) -> dict[str, float]:
    """How far each column, and the label, is from the reference (0 to 1). Raises Unavailable."""
    from sluicegate.validators.evaluation.list_drift import list_drift, picture_drift

    own = _model_columns(spec)
    pair = (reference.frame, evaluation.frame)
    scores = list_drift(dict.fromkeys((*own, *spec.data.labels)), *pair) | picture_drift(spec, *pair)
    single = _single_valued(evaluation.frame, own, spec)
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
        raise Unavailable(f"deepchecks cannot be imported ({problem})") from problem
    return Dataset, checks


def _missing_extra() -> Finding | None:
    """The error to report where deepchecks is absent or broken: without it nothing is judged."""
    try:
        _deepchecks()
    except Unavailable as problem:
        return error(f"not judged: {problem.reason}", remedy=INSTALL)
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


def _precondition_errors(rows: Rows, spec: ModelSpec) -> Iterator[str]:
    """Why nothing can be computed of a sample."""
    yield from _columns(rows.frame, spec)
    if len(rows) < MIN_ROWS:
        yield f"has {len(rows)} rows, of at least {MIN_ROWS}"
    if (rows.labels == rows.labels[0]).all():
        one = "the same" if rows.labels.ndim > 2 else rows.labels[0]
        yield f"has one label in every row, {one}; a single {_kind(spec)} shows nothing"


def _kind(spec: ModelSpec) -> str:
    return "class" if spec.task in CLASSES_OF_ONE else "value"


def _unfit_values(rows: Rows, spec: ModelSpec, files: ModelFiles) -> Iterator[Finding]:
    """A fail where a value does not fit the model's input, with what to do about it."""
    from sluicegate.validators.evaluation.batches import batches
    from sluicegate.validators.evaluation.feeds import feed

    try:
        if batch_dimension(spec) is None:
            feed(rows.frame, spec)  # such a model is judged on no rows; its values must fit all the same
        else:
            for _ in batches(rows.frame, spec):
                pass
    except Unavailable as problem:
        yield fail(f"{rows.path}: {problem.reason}", files.position(rows.path), remedy=problem.remedy)


def _model_columns(spec: ModelSpec) -> list[str]:
    from sluicegate.validators.evaluation.feeds import data_columns

    return data_columns(spec)


def _single_valued(frame: pd.DataFrame, names: Iterable[str], spec: ModelSpec) -> list[str]:
    """The columns with one value a row that deepchecks can look at: neither lists nor pictures."""
    from sluicegate.validators.evaluation.feeds import holds_lists
    from sluicegate.validators.evaluation.pictures import picture_columns

    pictures = {name for name, _ in picture_columns(spec).values()}
    return [name for name in names if name not in pictures and not holds_lists(frame[name])]


def _categorical_columns(frame: pd.DataFrame, own: list[str]) -> list[str]:
    from pandas.api.types import is_numeric_dtype

    return [name for name in own if not is_numeric_dtype(frame[name])]


def _columns(frame: pd.DataFrame, spec: ModelSpec) -> Iterator[str]:
    missing = [name for name in (*_model_columns(spec), *spec.data.segments) if name not in frame.columns]
    if missing:
        yield f"has no column {', '.join(missing[:10])}"
    doubled = sorted({str(name) for name in frame.columns[frame.columns.duplicated()]})
    if doubled:
        yield f"has column {', '.join(doubled[:10])} twice"


def _mixed_type_columns(frame: pd.DataFrame, own: list[str], spec: ModelSpec) -> Iterator[str]:
    """Columns with several kinds of missing value, or a few values of another type (deepchecks)."""
    dataset, checks = _deepchecks()
    single = _single_valued(frame, dict.fromkeys((*own, *spec.data.labels)), spec)
    if not single:
        return
    data = _dataset(dataset, frame, single)
    for name, kinds in checks.MixedNulls().run(data, with_display=False).value["columns"].items():
        if len(kinds) > 1:
            yield f"has {len(kinds)} kinds of missing value in column {name}: {', '.join(sorted(kinds))}"
    for name, mix in checks.MixedDataTypes().run(data, with_display=False).value.items():
        if mix and min(mix["strings"], mix["numbers"]) > 0:
            yield f"mixes text and numbers in column {name}"
