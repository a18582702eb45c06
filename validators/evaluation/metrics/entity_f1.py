"""Precision and recall of entities in one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sluicegate.validators.evaluation.metrics._ratios import Parts
from sluicegate.validators.evaluation.metrics._tags import Entities, OfEntities
from sluicegate.validators.evaluation.metrics.base import metric


@metric
@dataclass(frozen=True, kw_only=True)
class EntityF1(OfEntities):
    """The harmonic mean of entity precision and recall, over all entities (seqeval's `f1_score`).

    An entity is found where its first token, last token and type are. Tags are read as seqeval reads them by
    default (Nakayama 2018; conlleval of Tjong Kim Sang and Buchholz 2000). Interval: the influence function
    over documents, on the logit's scale.
    """

    metric: Literal["entity_f1"] = "entity_f1"

    def of_counts(self, found: Entities) -> Parts:
        """Twice the right ones, of the found and the true ones together."""
        return Parts(2 * found.right, found.said + found.actual)
