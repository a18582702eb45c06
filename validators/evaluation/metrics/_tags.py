"""Tags of tokens, and the entities that they spell."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sluicegate.validators.evaluation.classes import IGNORED
from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.metrics._ratios import Parts, Ratio
from sluicegate.validators.evaluation.metrics.base import TAGGING
from sluicegate.validators.evaluation.predictions import Array, Predictions

OUTSIDE = "O"


@dataclass(frozen=True, kw_only=True)
class OfTokens(Ratio):
    """A ratio of counts of tokens, or of entities; the units are documents, the rows."""

    tasks: ClassVar[tuple[str, ...]] = (TAGGING,)
    uses: ClassVar[tuple[str, ...]] = ("decisions",)

    def counted(self, judged: Predictions) -> Array:
        """The documents with a label that counts."""
        counted: Array = (judged.labels != IGNORED).any(axis=1)
        return counted

    def counted_as(self, judged: Predictions) -> str:  # noqa: ARG002
        """Documents."""
        return "documents with a label that counts"


@dataclass(frozen=True)
class Entities:
    """How many entities each document has in truth, was said to have, and has both ways, [N] each."""

    actual: Array
    said: Array
    right: Array


@dataclass(frozen=True, kw_only=True)
class OfEntities(OfTokens):
    """A ratio of counts of entities."""

    below: ClassVar[str] = "entities"

    @abstractmethod
    def of_counts(self, found: Entities) -> Parts:
        """What is divided by what."""

    def parts(self, judged: Predictions) -> Parts:
        """Of the entities that the tags spell. Raises Undefined where the tags have no names."""
        return self.of_counts(entities(self.metric, judged))


def entities(name: str, judged: Predictions) -> Entities:
    """The entities of each document. Raises Undefined for classes that are not tags."""
    if judged.decisions is None or judged.classes is None:
        raise Undefined(f"{name} needs the tags by name: declare them in `classes`, [O, B-PER, I-PER, ...]")
    unknown = [tag for tag in judged.classes if tag[:1] not in tuple("BIESLUO.") or not _well_formed(tag)]
    if unknown:
        shown = ", ".join(unknown[:5])
        raise Undefined(f"{name} needs tags such as O, B-PER and I-PER, and `classes` has {shown}")
    document, place = np.nonzero(judged.labels != IGNORED)
    actual = _spans(judged.labels[document, place], document, judged.classes)
    said = _spans(judged.decisions[document, place], document, judged.classes)
    right = np.intersect1d(actual, said)
    size = len(judged)
    firsts = (spans // (len(place) + 1) // (len(judged.classes) + 1) for spans in (actual, said, right))
    return Entities(*(np.bincount(document[first], minlength=size).astype(np.float64) for first in firsts))


def _well_formed(tag: str) -> bool:
    return tag in (OUTSIDE, ".") or len(tag) == 1 or tag[1] == "-"


def _spans(tags: Array, document: Array, classes: tuple[str, ...]) -> Array:
    """First token, last token and type of each entity as one number, in seqeval's default reading.

    An entity begins at B or S, where the type changes, after E or S, and at an I or E that follows none; it
    goes on up to the next one, to O, or to the end of its document.
    """
    read = [_read(tag) for tag in classes]
    types = sorted({kind for _, kind in read})
    kind = np.array([types.index(own) for _, own in read])[tags]
    prefix = np.array([own for own, _ in read])[tags]
    inside = prefix != OUTSIDE
    first_of_document = np.diff(document, prepend=-1) != 0
    before_inside = np.r_[False, inside[:-1]]
    after_last = np.r_[False, np.isin(prefix[:-1], ("E", "S"))]
    other_kind = np.diff(kind, prepend=-1) != 0
    begins = first_of_document | ~before_inside | after_last | other_kind | np.isin(prefix, ("B", "S"))
    starts = inside & begins
    ends = inside & np.r_[(starts | ~inside | first_of_document)[1:], True]
    first, last = np.flatnonzero(starts), np.flatnonzero(ends)
    numbered: Array = (first * (len(tags) + 1) + last) * (len(classes) + 1) + kind[first]
    return numbered


def _read(tag: str) -> tuple[str, str]:
    """Prefix and type of a tag: L and U are the E and S of another scheme."""
    prefix = {"L": "E", "U": "S", ".": OUTSIDE}.get(tag[0], tag[0])
    return prefix, tag[2:] or "_"
