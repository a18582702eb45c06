"""What a new model reaches on its evaluation rows: its first rules are written from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.metrics.base import metrics
from sluicegate.validators.runner.computed import keep
from sluicegate.validators.runner.finding import Finding, passed
from sluicegate.validators.runner.inputs import Unavailable

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from sluicegate.validators.evaluation.rows import Rows

FIRST_METRICS = {
    "binary-classification": "roc_auc",
    "multiclass-classification": "accuracy",
    "multi-label": "f1",
    "regression": "mae",
    "forecasting": "mae",
    "ranking": "ndcg",
    "retrieval": "recall_at_k",
    "token-tagging": "token_accuracy",
    "detection": "average_precision",
    "language-model": "perplexity",
}
"""By task, the metric that a new model's rules name."""


def first_figure(spec: ModelSpec, session: InferenceSession, evaluation: Rows) -> Iterator[Finding]:
    """Keep value, lower and upper of the task's first metric as JSON, and what `other_class` finds.

    Raises Unavailable as predicting does, and where the rows cannot show it.
    """
    from sluicegate.validators.evaluation.calls import run_model
    from sluicegate.validators.evaluation.own_class import other_class
    from sluicegate.validators.evaluation.predictions import predictions
    from sluicegate.validators.evaluation.rows import READERS, predict

    name = FIRST_METRICS[spec.task]
    metric = metrics()[name](metric=name)
    beside = None
    if spec.task in READERS:
        judged = predict(session, spec, evaluation)
    else:
        outputs = run_model(session, spec, evaluation.frame)
        judged = predictions(spec, outputs, evaluation.labels, evaluation.groups)
        beside = other_class(spec, outputs, judged)
    try:
        found = metric.estimate(judged)
    except Undefined as problem:
        raise Unavailable(str(problem)) from problem
    keep(json.dumps([found.value, found.lower, found.upper, *(beside or ("", 0.0))]).encode())
    yield passed(f"{metric.metric} {found.value:.4f}")
