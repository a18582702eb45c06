"""Several labels a row."""

from __future__ import annotations

from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.metrics._kinds import decided
from sluicegate.validators.evaluation.predictions import Predictions


def require_label_sets(name: str, judged: Predictions) -> None:
    """Raises Undefined unless labels and decisions are both [N, K]."""
    if decided(judged).ndim != 2:
        raise Undefined(f"{name} needs a yes or no for each label, and there is one label a row")
