"""What is right of the entities that a tagger finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sluicegate.validators.evaluation.metrics._ratios import Parts
from sluicegate.validators.evaluation.metrics._tags import Entities, OfEntities
from sluicegate.validators.evaluation.metrics.base import metric


@metric
@dataclass(frozen=True, kw_only=True)
class EntityPrecision(OfEntities):
    """The share of the entities found that are true ones (seqeval's `precision_score`).

    An entity is found where its first token, last token and type are. Tags are read as seqeval reads them by
    default (Nakayama 2018; conlleval of Tjong Kim Sang and Buchholz 2000). Interval: the influence function
    over documents, on the logit's scale.
    """

    below: ClassVar[str] = "entities that are found"
    metric: Literal["entity_precision"] = "entity_precision"

    def of_counts(self, found: Entities) -> Parts:
        """Right ones of those."""
        return Parts(found.right, found.said)
